-- Which rows the gateway's role sees: those of the account that is set for the transaction
-- (registry/database/row_level_security.py), and none where no account is set.
-- docs/decisions/007-http.md gives the reasons. What the logins see is in 5_logins.sql.
--
-- All policies of ours are dropped first, so that a policy that is no longer here is gone.
DO $$
DECLARE
    policy record;
BEGIN
    FOR policy IN
        SELECT
            tablename,
            policyname
        FROM pg_policies
        WHERE schemaname = current_schema()
            AND policyname IN ('own_account', 'before_an_account')
    LOOP
        EXECUTE format('DROP POLICY %I ON %I', policy.policyname, policy.tablename);
    END LOOP;
END $$;

-- The account itself.
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON account TO rosterline_gateway
USING (id = nullif(current_setting('rosterline.account', true), '')::integer);

-- Tables that name the account.
ALTER TABLE access_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON access_event TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE account_channel ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON account_channel TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE account_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON account_history TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON api_key TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE bulk_merge ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON bulk_merge TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE bulk_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON bulk_request TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE change_set ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON change_set TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE cohort ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON cohort TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON decision TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE document_plan ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON document_plan TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE document_query ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON document_query TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE facility ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON facility TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE file_hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON file_hold TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE identity_review ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON identity_review TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE import ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON import TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE patient_alias ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_alias TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE patient_call ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_call TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE patient_identifier ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_identifier TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE portal_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON portal_user TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE result_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON result_file TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE review ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON review TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE scoring_model ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON scoring_model TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE sftp_session ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON sftp_session TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE sftp_upload ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON sftp_upload TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE sftp_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON sftp_user TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE submission ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON submission TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE vocabulary ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON vocabulary TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON webhook TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE webhook_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON webhook_message TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);
ALTER TABLE webhook_try ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON webhook_try TO rosterline_gateway
USING (account_id = nullif(current_setting('rosterline.account', true), '')::integer);

-- Tables of a patient: a role that sees the patient sees their rows.
ALTER TABLE patient_address ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_address TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_address.patient_id));
ALTER TABLE patient_client_group ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_client_group TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_client_group.patient_id));
ALTER TABLE patient_cohort ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_cohort TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_cohort.patient_id));
ALTER TABLE patient_condition ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_condition TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_condition.patient_id));
ALTER TABLE patient_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_contact TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_contact.patient_id));
ALTER TABLE patient_coverage ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_coverage TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_coverage.patient_id));
ALTER TABLE patient_enrolment ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_enrolment TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_enrolment.patient_id));
ALTER TABLE patient_facility ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_facility TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_facility.patient_id));
ALTER TABLE patient_flag ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_flag TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_flag.patient_id));
ALTER TABLE patient_medication ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_medication TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_medication.patient_id));
ALTER TABLE patient_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_note TO rosterline_gateway
USING (EXISTS (SELECT FROM patient WHERE patient.id = patient_note.patient_id));

-- Tables of an attempt: a role that sees the import sees their rows.
ALTER TABLE attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON attempt TO rosterline_gateway
USING (EXISTS (SELECT FROM import WHERE import.id = attempt.import_id));
ALTER TABLE attempt_stage ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON attempt_stage TO rosterline_gateway
USING (EXISTS (SELECT FROM import WHERE import.id = attempt_stage.import_id));
ALTER TABLE import_row ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON import_row TO rosterline_gateway
USING (EXISTS (SELECT FROM import WHERE import.id = import_row.import_id));
ALTER TABLE refused_value ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON refused_value TO rosterline_gateway
USING (EXISTS (SELECT FROM import WHERE import.id = refused_value.import_id));
ALTER TABLE row_issue ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON row_issue TO rosterline_gateway
USING (EXISTS (SELECT FROM import WHERE import.id = row_issue.import_id));

-- Changes of a patient. A patient who was removed still has a history: it belongs to an import or
-- to a decision of the account. A change that a caller made to a patient who was merged since has
-- neither; there the review that merged the patient is the account's.
ALTER TABLE patient_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON patient_change TO rosterline_gateway USING (
    EXISTS (SELECT FROM patient WHERE patient.id = patient_change.patient_id)
    OR EXISTS (SELECT FROM import WHERE import.id = patient_change.import_id)
    OR EXISTS (SELECT FROM decision WHERE decision.id = patient_change.import_id)
    OR EXISTS (
        SELECT FROM review
        WHERE review.patient_id = patient_change.patient_id AND review.state = 'same'
    )
);

-- Pairs of the bulk merges that are seen.
ALTER TABLE bulk_merge_pair ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON bulk_merge_pair TO rosterline_gateway
USING (EXISTS (SELECT FROM bulk_merge WHERE bulk_merge.id = bulk_merge_pair.bulk_merge_id));

-- Public keys of the users that are seen.
ALTER TABLE sftp_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON sftp_key TO rosterline_gateway
USING (EXISTS (SELECT FROM sftp_user WHERE sftp_user.id = sftp_key.user_id));

-- How users sign in comes before a request's account is known, so the role has no part in it.
ALTER TABLE sign_in_count ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON sign_in_count TO rosterline_gateway
USING (false);
ALTER TABLE portal_session ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON portal_session TO rosterline_gateway
USING (false);
ALTER TABLE portal_second_factor ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON portal_second_factor TO rosterline_gateway
USING (false);
ALTER TABLE portal_recovery_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON portal_recovery_code TO rosterline_gateway
USING (false);
ALTER TABLE portal_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON portal_link TO rosterline_gateway
USING (false);
ALTER TABLE portal_identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON portal_identity TO rosterline_gateway
USING (false);
ALTER TABLE call_count ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON call_count TO rosterline_gateway
USING (false);

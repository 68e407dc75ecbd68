-- What the gateway's role may do, on the rows that its policies show. Revision 0003 makes the role.
--
-- All of its rights are revoked first, so that a right that is no longer here is gone.
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT table_name FROM information_schema.role_table_grants
        WHERE grantee = 'rosterline_gateway' AND table_schema = current_schema()
        UNION
        SELECT table_name FROM information_schema.role_column_grants
        WHERE grantee = 'rosterline_gateway' AND table_schema = current_schema()
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM rosterline_gateway', held.table_name);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO rosterline_gateway;

GRANT SELECT ON
access_event,
account,
api_key,
attempt,
attempt_stage,
bulk_request,
cohort,
decision,
document_plan,
document_query,
facility,
import,
import_row,
patient,
patient_address,
patient_alias,
patient_change,
patient_client_group,
patient_cohort,
patient_condition,
patient_contact,
patient_coverage,
patient_enrolment,
patient_facility,
patient_flag,
patient_identifier,
patient_medication,
patient_note,
portal_user,
refused_value,
result_file,
review,
row_issue,
sftp_key,
sftp_user,
submission,
undone_attempt,
vocabulary,
webhook,
webhook_message,
webhook_try
TO rosterline_gateway;

-- Accounts, people and keys.
GRANT UPDATE (settings, registry_version) ON account TO rosterline_gateway;
GRANT INSERT ON access_event, cohort, facility TO rosterline_gateway;
GRANT INSERT, UPDATE (revoked_at) ON api_key TO rosterline_gateway;
GRANT INSERT, UPDATE (password_hash, disabled, role) ON portal_user TO rosterline_gateway;
GRANT INSERT, UPDATE (password_hash, disabled) ON sftp_user TO rosterline_gateway;
GRANT INSERT, DELETE ON sftp_key TO rosterline_gateway;

-- Requests and webhooks.
GRANT INSERT, UPDATE (state, expires_at) ON bulk_request TO rosterline_gateway;
GRANT INSERT, UPDATE (state, reason) ON import TO rosterline_gateway;
GRANT INSERT ON submission TO rosterline_gateway;
GRANT INSERT, UPDATE (url, key, ping_fault, changed_at) ON webhook TO rosterline_gateway;
GRANT UPDATE (next_try_at, given_up_at) ON webhook_message TO rosterline_gateway;

-- Undo, merge and split.
GRANT INSERT ON decision, patient_change TO rosterline_gateway;
GRANT INSERT, DELETE, UPDATE (
    name_key,
    first_name,
    last_name,
    birth_date,
    birth_year,
    gender,
    language,
    care_manager_first_name,
    care_manager_last_name,
    physician_first_name,
    physician_last_name,
    department,
    risk_level,
    risk_score,
    hie_opt_out
) ON patient TO rosterline_gateway;
GRANT INSERT, DELETE ON
patient_address,
patient_client_group,
patient_cohort,
patient_condition,
patient_contact,
patient_coverage,
patient_enrolment,
patient_facility,
patient_flag,
patient_identifier,
patient_medication,
patient_note
TO rosterline_gateway;
GRANT INSERT, DELETE, UPDATE (patient_id) ON patient_alias TO rosterline_gateway;
GRANT UPDATE (patient_id) ON document_query TO rosterline_gateway;
GRANT
INSERT, DELETE, UPDATE (state, judged_at, judged_by, asked_by, closed_by)
ON review TO rosterline_gateway;

-- What the gateway may do. Two roles share it: the walled role, `rosterline_gateway`, on the rows
-- of one account, which its policies show; and the login, `rosterline_gateway_login`, before an
-- account is known and for work that is done for all of them. A new table gets a line here, or its
-- name in `NOT_FOR_THE_GATEWAY` (registry/tables/all_tables.py); a test asks for one of the two.
--
-- All rights of both are revoked first, so that a right that is no longer here is gone.
DO $$
DECLARE
    held record;
BEGIN
    FOR held IN
        SELECT table_name, grantee FROM information_schema.role_table_grants
        WHERE grantee IN ('rosterline_gateway', 'rosterline_gateway_login')
            AND table_schema = current_schema()
        UNION
        SELECT table_name, grantee FROM information_schema.role_column_grants
        WHERE grantee IN ('rosterline_gateway', 'rosterline_gateway_login')
            AND table_schema = current_schema()
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM %I', held.table_name, held.grantee);
    END LOOP;
END $$;

-- Databases of PostgreSQL 14 and older let everybody make tables.
REVOKE CREATE ON SCHEMA public FROM public;
GRANT USAGE ON SCHEMA public TO rosterline_gateway, rosterline_gateway_login;

-- ============================== The walled role ==============================

GRANT SELECT ON
access_event,
account,
account_channel,
asserting_decision,
attempt,
attempt_stage,
bulk_merge,
bulk_merge_pair,
bulk_request,
change_set,
cohort,
column_mapping,
decision,
document_plan,
document_query,
facility,
file_hold,
identity_review,
import,
import_row,
patient,
patient_address,
patient_alias,
patient_call,
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
refused_value,
result_file,
review,
scoring_model,
row_issue,
sftp_key,
sftp_session,
sftp_upload,
submission,
undone_attempt,
vocabulary,
webhook,
webhook_message,
webhook_try
TO rosterline_gateway;

-- Users and keys without what they prove themselves with.
GRANT SELECT (
    id, account_id, name, beginning, scope, created_at, last_used_at, revoked_at
) ON api_key TO rosterline_gateway;
GRANT SELECT (
    id,
    account_id,
    name,
    role,
    has_password,
    disabled,
    created_at,
    signed_in_at,
    must_change_password,
    session_generation,
    second_factor_at
) ON portal_user TO rosterline_gateway;
GRANT SELECT (id, account_id, name, has_password, disabled, created_at, allowed_networks)
ON sftp_user TO rosterline_gateway;

-- Accounts, people and keys.
GRANT UPDATE (settings, registry_version) ON account TO rosterline_gateway;
GRANT INSERT ON access_event, account_history TO rosterline_gateway;
GRANT INSERT, UPDATE (name, description, color, removed_at) ON cohort TO rosterline_gateway;
GRANT INSERT, UPDATE (ended_at, ended_by) ON column_mapping TO rosterline_gateway;
GRANT INSERT, UPDATE (name, npi, tin, active, address, removed_at) ON facility
TO rosterline_gateway;
GRANT INSERT, UPDATE (revoked_at) ON api_key TO rosterline_gateway;
GRANT INSERT, UPDATE (
    password_hash, must_change_password, session_generation, disabled, role
) ON portal_user TO rosterline_gateway;
GRANT INSERT, UPDATE (password_hash, disabled, allowed_networks) ON sftp_user TO rosterline_gateway;
GRANT UPDATE (ended_by) ON sftp_session TO rosterline_gateway;
GRANT INSERT, DELETE ON sftp_key TO rosterline_gateway;
GRANT INSERT, DELETE, UPDATE (name, modified_at) ON sftp_upload TO rosterline_gateway;

-- Requests and webhooks.
GRANT INSERT, UPDATE (state, expires_at) ON bulk_request TO rosterline_gateway;
GRANT INSERT, UPDATE (state, reason, let_through_by) ON import TO rosterline_gateway;
-- An SFTP client gives a waiting file another name.
GRANT UPDATE (drop_name, drop_modified_at, drop_place, file_name) ON import TO rosterline_gateway;
-- To decide about a held file.
GRANT UPDATE (decision, decided_at, decided_by) ON file_hold TO rosterline_gateway;
-- To cancel an import that is processed.
GRANT UPDATE (
    state, fault_code, reason, finished_at, records, created, updated, unchanged, errored
) ON attempt TO rosterline_gateway;
GRANT INSERT ON patient_call, submission TO rosterline_gateway;
GRANT INSERT, UPDATE (url, key, last_fault, changed_at) ON webhook TO rosterline_gateway;
GRANT INSERT, DELETE ON account_channel TO rosterline_gateway;
-- INSERT: a caller who cancels an import is notified of it as of any other state.
GRANT INSERT, UPDATE (next_try_at, given_up_at) ON webhook_message TO rosterline_gateway;

-- Undo, merge, split and changed identities.
GRANT INSERT ON change_set, decision, patient_change, vocabulary TO rosterline_gateway;
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
    hie_opt_out,
    withdrawn,
    told
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
GRANT
INSERT, UPDATE (patient_id, state, tries, planned_at, next_try_at, reason, found, settled_at)
ON document_query TO rosterline_gateway;
-- A caller asks for the documents of one patient.
GRANT INSERT, UPDATE (state, due_at, only_asked) ON document_plan TO rosterline_gateway;
GRANT
INSERT, DELETE, UPDATE (state, judged_at, judged_by, why_different, asked_by, closed_by)
ON review TO rosterline_gateway;
GRANT INSERT, UPDATE (next_place, state, ended_at) ON bulk_merge TO rosterline_gateway;
GRANT INSERT, UPDATE (is_merged) ON bulk_merge_pair TO rosterline_gateway;
GRANT DELETE, UPDATE (state, judged_at, judged_by, closed_by) ON identity_review
TO rosterline_gateway;

-- ================================= The login =================================

-- Whether the tables are those of this version.
GRANT SELECT ON alembic_version TO rosterline_gateway_login;

GRANT EXECUTE ON FUNCTION own_patients_with_contact TO rosterline_gateway;

-- Which account a request is for: the key, and what the account's users must do to sign in.
GRANT SELECT ON account TO rosterline_gateway_login;
GRANT SELECT (id, account_id, name, sha256, scope, last_used_at, revoked_at), UPDATE (last_used_at)
ON api_key TO rosterline_gateway_login;

-- Signing in: who it is by functions (3_who_signs_in.sql), the rest by tables of nothing else.
GRANT EXECUTE ON FUNCTION
portal_person_named,
portal_person_of_session,
portal_person_of_link,
portal_person_of_identity,
portal_passwords_of,
sftp_users_named
TO rosterline_gateway_login;
GRANT SELECT (id, session_generation), UPDATE (
    password_hash, must_change_password, session_generation, second_factor_at, signed_in_at
) ON portal_user TO rosterline_gateway_login;
GRANT SELECT, INSERT, UPDATE, DELETE ON
portal_identity,
portal_link,
portal_recovery_code,
portal_second_factor,
portal_session,
sftp_session,
sign_in_count
TO rosterline_gateway_login;
GRANT SELECT (user_id, fingerprint) ON sftp_key TO rosterline_gateway_login;
GRANT INSERT ON access_event TO rosterline_gateway_login;

-- What the portal shows with every session, and operators of all accounts: numbers.
GRANT SELECT (account_id, state) ON identity_review, review TO rosterline_gateway_login;
GRANT SELECT (id, account_id, state, received_at) ON import TO rosterline_gateway_login;

-- Requests whose time is over.
GRANT SELECT (state, expires_at), UPDATE (state) ON bulk_request TO rosterline_gateway_login;

-- Calls of a key, counted before its account is known.
GRANT SELECT, INSERT, UPDATE ON call_count TO rosterline_gateway_login;

-- Webhooks go out for all accounts.
-- How the last one went is said with the webhook.
GRANT SELECT (account_id, url, key, last_fault), UPDATE (last_fault)
ON webhook TO rosterline_gateway_login;
GRANT SELECT, UPDATE (next_try_at, tries, delivered_at, given_up_at) ON webhook_message
TO rosterline_gateway_login;
GRANT SELECT (message, number), INSERT ON webhook_try TO rosterline_gateway_login;

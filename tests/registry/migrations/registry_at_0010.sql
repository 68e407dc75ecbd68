-- A registry as the code of revision d0497d4 left it (Alembic revision 0010): synthetic people of
-- three senders, with an update, an undo, a merge, an open pair, a webhook and two bulk requests.
-- Made by PostgreSQL's pg_dump; the tests of this folder restore it and bring it up to date.
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA marts;
CREATE SCHEMA marts_patients;
CREATE SCHEMA marts_staging;
CREATE TYPE public.outcome AS ENUM (
    'created',
    'updated',
    'unchanged',
    'errored'
);
CREATE TYPE public.severity AS ENUM (
    'error',
    'warning',
    'info'
);
CREATE FUNCTION public.tell_webhook() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.state = 'processing' AND OLD.state <> 'waiting' THEN
        RETURN NULL;
    END IF;
    IF NEW.state <> 'processing' AND EXISTS (
        SELECT FROM attempt a
        WHERE a.import_id = NEW.id AND a.finished_at IS NOT NULL
            AND (a.state = 'finished' OR NEW.state = 'failed')
            AND a.number < (SELECT max(b.number) FROM attempt b WHERE b.import_id = NEW.id)
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO webhook_message (account_id, import_id, state, reason)
    SELECT NEW.account_id, NEW.id, NEW.state, NEW.reason
    FROM webhook w WHERE w.account_id = NEW.account_id AND w.url IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TABLE public.access_event (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    door text NOT NULL,
    action text NOT NULL,
    refused boolean DEFAULT false NOT NULL,
    account_id integer,
    user_name text,
    address text,
    file_name text,
    byte_count bigint,
    detail text,
    CONSTRAINT ck_access_event_action CHECK ((action = ANY (ARRAY['sign_in'::text, 'upload'::text, 'download'::text, 'rename'::text, 'delete'::text, 'ban'::text, 'unban'::text, 'other'::text, 'sign_out'::text, 'view'::text, 'change'::text, 'import'::text, 'cancel'::text, 'undo'::text, 'review'::text]))),
    CONSTRAINT ck_access_event_door CHECK ((door = ANY (ARRAY['sftp'::text, 'portal'::text])))
);
COMMENT ON TABLE public.access_event IS 'Who came in, and what they did; only ever added to';
ALTER TABLE public.access_event ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.access_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.account (
    id integer NOT NULL,
    name text NOT NULL,
    format text NOT NULL,
    time_zone text NOT NULL,
    cadence text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    registry_version bigint DEFAULT '0'::bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_account_cadence CHECK ((cadence = ANY (ARRAY['nightly'::text, 'on_arrival'::text])))
);
COMMENT ON COLUMN public.account.registry_version IS 'counts applied attempts; a match made under an older version is made again';
ALTER TABLE public.account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.api_key (
    id uuid NOT NULL,
    account_id integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    beginning text NOT NULL,
    scope text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_api_key_scope CHECK ((scope = ANY (ARRAY['full'::text, 'read'::text])))
);
COMMENT ON COLUMN public.api_key.beginning IS 'by which people recognise it';
CREATE TABLE public.attempt (
    import_id uuid NOT NULL,
    number smallint NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    run_id text,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    fault_code text,
    reason text,
    records integer,
    created integer,
    updated integer,
    unchanged integer,
    errored integer,
    registry_version bigint DEFAULT '0'::bigint NOT NULL,
    CONSTRAINT ck_attempt_state CHECK ((state = ANY (ARRAY['open'::text, 'applied'::text, 'finished'::text, 'failed'::text])))
);
COMMENT ON COLUMN public.attempt.run_id IS 'the Dagster run that worked on it last';
COMMENT ON COLUMN public.attempt.registry_version IS 'the account''s after this was applied';
CREATE TABLE public.attempt_stage (
    import_id uuid NOT NULL,
    attempt smallint NOT NULL,
    stage text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seconds double precision NOT NULL,
    records integer,
    created integer,
    updated integer,
    unchanged integer,
    errored integer
);
CREATE TABLE public.bulk_request (
    id uuid NOT NULL,
    account_id integer NOT NULL,
    facility_id uuid,
    dry_run boolean NOT NULL,
    idempotency_key text,
    state text DEFAULT 'waiting'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_bulk_request_state CHECK ((state = ANY (ARRAY['waiting'::text, 'received'::text, 'expired'::text, 'cancelled'::text])))
);
COMMENT ON COLUMN public.bulk_request.id IS 'that of its import, once there is one';
CREATE TABLE public.cohort (
    id uuid NOT NULL,
    account_id integer NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.decision (
    id uuid NOT NULL,
    account_id integer NOT NULL,
    kind text NOT NULL,
    import_id uuid,
    attempt smallint,
    patient_id uuid,
    other_patient_id uuid,
    user_name text NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    changed integer NOT NULL,
    removed integer NOT NULL,
    restored integer NOT NULL,
    kept integer NOT NULL,
    CONSTRAINT ck_decision_is_about CHECK (
CASE kind
    WHEN 'undo'::text THEN ((import_id IS NOT NULL) AND (attempt IS NOT NULL))
    ELSE ((patient_id IS NOT NULL) AND (other_patient_id IS NOT NULL))
END),
    CONSTRAINT ck_decision_kind CHECK ((kind = ANY (ARRAY['undo'::text, 'merge'::text, 'split'::text])))
);
COMMENT ON TABLE public.decision IS 'What people decided about patients; only ever added to';
COMMENT ON COLUMN public.decision.id IS 'UUIDv7; that of its change set';
COMMENT ON COLUMN public.decision.import_id IS 'undo: what is taken back';
COMMENT ON COLUMN public.decision.attempt IS 'undo: with all attempts up to this one';
COMMENT ON COLUMN public.decision.patient_id IS 'merge, split: the older of the two, who stays';
COMMENT ON COLUMN public.decision.other_patient_id IS 'merge, split: the younger';
COMMENT ON COLUMN public.decision.changed IS 'patients';
COMMENT ON COLUMN public.decision.removed IS 'patients';
COMMENT ON COLUMN public.decision.restored IS 'patients';
COMMENT ON COLUMN public.decision.kept IS 'values that others stand by';
CREATE TABLE public.document_plan (
    import_id uuid NOT NULL,
    account_id integer NOT NULL,
    state text DEFAULT 'wanted'::text NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    fault text,
    total integer DEFAULT 0 NOT NULL,
    processing integer DEFAULT 0 NOT NULL,
    completed integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    not_configured integer DEFAULT 0 NOT NULL,
    opted_out integer DEFAULT 0 NOT NULL,
    found bigint DEFAULT '0'::bigint NOT NULL,
    counted_at timestamp with time zone,
    CONSTRAINT ck_document_plan_state CHECK ((state = ANY (ARRAY['wanted'::text, 'open'::text, 'settled'::text])))
);
COMMENT ON TABLE public.document_plan IS 'An import''s document queries as a whole; counts are made anew now and then';
COMMENT ON COLUMN public.document_plan.fault IS 'why sending paused';
CREATE TABLE public.document_query (
    import_id uuid NOT NULL,
    attempt smallint NOT NULL,
    patient_id uuid NOT NULL,
    account_id integer NOT NULL,
    state text NOT NULL,
    found integer,
    reason text,
    tries smallint DEFAULT '0'::smallint NOT NULL,
    planned_at timestamp with time zone DEFAULT now() NOT NULL,
    next_try_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_at timestamp with time zone,
    settled_at timestamp with time zone,
    CONSTRAINT ck_document_query_state CHECK ((state = ANY (ARRAY['processing'::text, 'completed'::text, 'failed'::text, 'not-configured'::text, 'opted-out'::text])))
);
COMMENT ON TABLE public.document_query IS 'A search for the documents of a patient whom an attempt created or updated';
COMMENT ON COLUMN public.document_query.found IS 'documents';
COMMENT ON COLUMN public.document_query.reason IS 'a code, of the last try';
COMMENT ON COLUMN public.document_query.claimed_at IS 'on its way now, or cut off';
CREATE TABLE public.facility (
    id uuid NOT NULL,
    account_id integer NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.import (
    id uuid NOT NULL,
    account_id integer NOT NULL,
    format text NOT NULL,
    source text NOT NULL,
    file_name text NOT NULL,
    sha256 text NOT NULL,
    byte_count bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    dry_run boolean DEFAULT false NOT NULL,
    default_facility_id uuid,
    partition_key text NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    reason text,
    claims smallint DEFAULT '0'::smallint NOT NULL,
    drop_name text,
    CONSTRAINT ck_import_source CHECK ((source = ANY (ARRAY['cli'::text, 'drop'::text, 'sftp'::text, 'api'::text, 'portal'::text]))),
    CONSTRAINT ck_import_state CHECK ((state = ANY (ARRAY['waiting'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'expired'::text, 'cancelled'::text])))
);
COMMENT ON COLUMN public.import.id IS 'UUIDv7';
COMMENT ON COLUMN public.import.drop_name IS 'its name in the drop folder while it stands there';
CREATE TABLE public.import_row (
    import_id uuid NOT NULL,
    attempt smallint NOT NULL,
    line integer NOT NULL,
    outcome public.outcome NOT NULL,
    patient_id uuid,
    confirmed bigint,
    confirmed_items integer[]
);
COMMENT ON COLUMN public.import_row.confirmed IS 'bits of schemas.canonical.CONFIRMABLE';
COMMENT ON COLUMN public.import_row.confirmed_items IS 'items of lists that the row brought and the patient had, as hashes';
CREATE TABLE public.patient (
    id uuid NOT NULL,
    account_id integer NOT NULL,
    name_key bigint NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    birth_date date,
    birth_year smallint NOT NULL,
    gender text NOT NULL,
    language text,
    care_manager_first_name text,
    care_manager_last_name text,
    physician_first_name text,
    physician_last_name text,
    department text,
    risk_level text,
    risk_score numeric,
    hie_opt_out boolean
);
COMMENT ON COLUMN public.patient.id IS 'UUIDv7 of first import and line';
COMMENT ON COLUMN public.patient.name_key IS 'blocking key, macro name_key';
COMMENT ON COLUMN public.patient.first_name IS 'Patient.name.given';
COMMENT ON COLUMN public.patient.last_name IS 'Patient.name.family';
COMMENT ON COLUMN public.patient.birth_date IS 'Patient.birthDate';
COMMENT ON COLUMN public.patient.birth_year IS 'Patient.birthDate (year precision)';
COMMENT ON COLUMN public.patient.gender IS 'Patient.gender, as M, F, O or U';
COMMENT ON COLUMN public.patient.language IS 'Patient.communication.language, ISO 639-1';
COMMENT ON COLUMN public.patient.care_manager_first_name IS 'CareTeam.participant.member';
COMMENT ON COLUMN public.patient.care_manager_last_name IS 'CareTeam.participant.member';
COMMENT ON COLUMN public.patient.physician_first_name IS 'Patient.generalPractitioner';
COMMENT ON COLUMN public.patient.physician_last_name IS 'Patient.generalPractitioner';
COMMENT ON COLUMN public.patient.department IS 'Patient.managingOrganization (department of the account)';
COMMENT ON COLUMN public.patient.risk_level IS 'RiskAssessment.prediction.qualitativeRisk';
COMMENT ON COLUMN public.patient.risk_score IS 'RiskAssessment.prediction.probability';
COMMENT ON COLUMN public.patient.hie_opt_out IS 'Consent (no query to health information exchanges)';
CREATE TABLE public.patient_address (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    line1 text,
    line2 text,
    city text,
    state text,
    postal_code text,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_address IS 'Patient.address';
COMMENT ON COLUMN public.patient_address.item IS 'home, or other/<digest of the folded address> where a patient may have many';
ALTER TABLE public.patient_address ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_address_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_alias (
    account_id integer NOT NULL,
    item text NOT NULL,
    value text NOT NULL,
    patient_id uuid NOT NULL,
    decision_id uuid NOT NULL
);
COMMENT ON TABLE public.patient_alias IS 'Identifiers that lead to a merged patient without being the one that is shown';
COMMENT ON COLUMN public.patient_alias.item IS 'as in patient_identifier';
COMMENT ON COLUMN public.patient_alias.patient_id IS 'to whom it leads';
CREATE TABLE public.patient_change (
    patient_id uuid NOT NULL,
    import_id uuid NOT NULL,
    attempt smallint NOT NULL,
    line integer NOT NULL,
    received_at timestamp with time zone NOT NULL,
    changes json NOT NULL,
    registry_version bigint DEFAULT '0'::bigint NOT NULL
);
COMMENT ON COLUMN public.patient_change.changes IS 'address of fact: [old, new]';
COMMENT ON COLUMN public.patient_change.registry_version IS 'the account''s after this was written: the order of changes';
CREATE TABLE public.patient_client_group (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    name text,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_client_group IS 'Group.member';
COMMENT ON COLUMN public.patient_client_group.item IS 'the name in lower case';
ALTER TABLE public.patient_client_group ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_client_group_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_cohort (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    cohort_id uuid,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_cohort IS 'Group.member';
COMMENT ON COLUMN public.patient_cohort.item IS 'the cohort''s id';
ALTER TABLE public.patient_cohort ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_cohort_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_condition (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    code text,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_condition IS 'Condition.code';
COMMENT ON COLUMN public.patient_condition.item IS 'the code';
ALTER TABLE public.patient_condition ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_condition_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_contact (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    value text,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_contact IS 'Patient.telecom';
COMMENT ON COLUMN public.patient_contact.item IS 'phone/home, phone/mobile, phone/work, email/main, or phone/<number> and email/<address> where a patient may have many; phone numbers are E.164';
ALTER TABLE public.patient_contact ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_contact_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_coverage (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    payer text,
    policy_id text,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_coverage IS 'Coverage.payor, Coverage.subscriberId';
COMMENT ON COLUMN public.patient_coverage.item IS 'primary, secondary';
ALTER TABLE public.patient_coverage ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_coverage_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_enrolment (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    enrolled_on date,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_enrolment IS 'EpisodeOfCare.period.start';
COMMENT ON COLUMN public.patient_enrolment.item IS 'ccm, medicare';
ALTER TABLE public.patient_enrolment ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_enrolment_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_facility (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    facility_id uuid,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_facility IS 'Location';
COMMENT ON COLUMN public.patient_facility.item IS 'the facility''s id';
ALTER TABLE public.patient_facility ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_facility_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_flag (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    name text,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_flag IS 'Flag.code';
COMMENT ON COLUMN public.patient_flag.item IS 'the name in lower case';
ALTER TABLE public.patient_flag ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_flag_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_identifier (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    value text,
    assigner text,
    sequence bigint NOT NULL,
    account_id integer NOT NULL
);
COMMENT ON TABLE public.patient_identifier IS 'Patient.identifier';
COMMENT ON COLUMN public.patient_identifier.item IS 'ehr, mbi, internal, external, ssn/<digits>, license/<state>/<number>';
ALTER TABLE public.patient_identifier ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_identifier_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_medication (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    name text,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_medication IS 'MedicationStatement.medication';
COMMENT ON COLUMN public.patient_medication.item IS 'the name in lower case';
ALTER TABLE public.patient_medication ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_medication_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.patient_note (
    patient_id uuid NOT NULL,
    item text NOT NULL,
    body text,
    sequence bigint NOT NULL
);
COMMENT ON TABLE public.patient_note IS 'Annotation.text';
COMMENT ON COLUMN public.patient_note.item IS 'digest of the text';
ALTER TABLE public.patient_note ALTER COLUMN sequence ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.patient_note_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.portal_session (
    sha256 text NOT NULL,
    user_id integer NOT NULL,
    csrf_token text NOT NULL,
    account_id integer,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL
);
COMMENT ON COLUMN public.portal_session.sha256 IS 'of the cookie';
COMMENT ON COLUMN public.portal_session.account_id IS 'that an operator looks at';
CREATE TABLE public.portal_user (
    id integer NOT NULL,
    account_id integer,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    disabled boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    signed_in_at timestamp with time zone,
    CONSTRAINT ck_portal_user_operators_have_none CHECK (((account_id IS NULL) = (role = 'operator'::text))),
    CONSTRAINT ck_portal_user_role CHECK ((role = ANY (ARRAY['viewer'::text, 'importer'::text, 'reviewer'::text, 'admin'::text, 'operator'::text])))
);
COMMENT ON COLUMN public.portal_user.account_id IS 'NULL: an operator';
COMMENT ON COLUMN public.portal_user.name IS 'an e-mail address';
COMMENT ON COLUMN public.portal_user.password_hash IS 'argon2';
ALTER TABLE public.portal_user ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.portal_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.result_file (
    import_id uuid NOT NULL,
    attempt smallint NOT NULL,
    kind text NOT NULL,
    account_id integer NOT NULL,
    name text NOT NULL,
    sha256 text,
    CONSTRAINT ck_result_file_kind CHECK ((kind = ANY (ARRAY['result'::text, 'failed_rows'::text])))
);
CREATE TABLE public.review (
    patient_id uuid NOT NULL,
    other_patient_id uuid NOT NULL,
    account_id integer NOT NULL,
    reason text NOT NULL,
    import_id uuid NOT NULL,
    attempt smallint NOT NULL,
    line integer NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    judged_at timestamp with time zone,
    judged_by text,
    asked_by uuid,
    closed_by uuid,
    CONSTRAINT ck_review_state CHECK ((state = ANY (ARRAY['open'::text, 'same'::text, 'different'::text, 'moved'::text])))
);
COMMENT ON COLUMN public.review.other_patient_id IS 'the older of the pair';
COMMENT ON COLUMN public.review.asked_by IS 'the merge that asks it in another pair''s place';
COMMENT ON COLUMN public.review.closed_by IS 'the merge that answers it, or asks another pair instead';
CREATE TABLE public.row_issue (
    import_id uuid NOT NULL,
    attempt smallint NOT NULL,
    line integer NOT NULL,
    ordinal smallint NOT NULL,
    code text NOT NULL,
    severity public.severity NOT NULL,
    column_name text,
    message text NOT NULL
);
COMMENT ON COLUMN public.row_issue.line IS '0: the file';
CREATE TABLE public.sftp_key (
    user_id integer NOT NULL,
    fingerprint text NOT NULL,
    public_key text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.sftp_user (
    id integer NOT NULL,
    account_id integer NOT NULL,
    name text NOT NULL,
    password_hash text,
    disabled boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
COMMENT ON COLUMN public.sftp_user.password_hash IS 'argon2; none: public keys only';
ALTER TABLE public.sftp_user ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sftp_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.submission (
    import_id uuid NOT NULL,
    account_id integer NOT NULL,
    user_name text NOT NULL,
    token text NOT NULL,
    check_id uuid
);
COMMENT ON TABLE public.submission IS 'Imports that users of the portal made';
COMMENT ON COLUMN public.submission.token IS 'of the form, so that it counts once';
COMMENT ON COLUMN public.submission.check_id IS 'the dry run that it repeats';
CREATE VIEW public.undone_attempt WITH (security_invoker='true') AS
 SELECT import_id,
    number AS attempt
   FROM public.attempt a
  WHERE (EXISTS ( SELECT
           FROM public.decision d
          WHERE ((d.kind = 'undo'::text) AND (d.import_id = a.import_id) AND (a.number <= d.attempt))));
CREATE TABLE public.vocabulary (
    account_id integer NOT NULL,
    field text NOT NULL,
    folded text NOT NULL,
    name text NOT NULL
);
COMMENT ON TABLE public.vocabulary IS 'Names that an account uses, created when new, matched without regard to case';
COMMENT ON COLUMN public.vocabulary.field IS 'department, client_group';
COMMENT ON COLUMN public.vocabulary.name IS 'the spelling first seen';
CREATE TABLE public.webhook (
    account_id integer NOT NULL,
    url text,
    key text NOT NULL,
    ping_fault text,
    changed_at timestamp with time zone NOT NULL
);
COMMENT ON COLUMN public.webhook.url IS 'NULL: none is wanted';
COMMENT ON COLUMN public.webhook.key IS 'signs; kept readable for that';
COMMENT ON COLUMN public.webhook.ping_fault IS 'why the last ping failed';
CREATE TABLE public.webhook_message (
    id bigint NOT NULL,
    message_id uuid DEFAULT gen_random_uuid() NOT NULL,
    account_id integer NOT NULL,
    import_id uuid NOT NULL,
    state text NOT NULL,
    reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    tries smallint DEFAULT '0'::smallint NOT NULL,
    next_try_at timestamp with time zone DEFAULT now() NOT NULL,
    delivered_at timestamp with time zone,
    given_up_at timestamp with time zone,
    CONSTRAINT ck_webhook_message_state CHECK ((state = ANY (ARRAY['processing'::text, 'completed'::text, 'failed'::text])))
);
COMMENT ON COLUMN public.webhook_message.state IS 'of the import, to be told';
ALTER TABLE public.webhook_message ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.webhook_try (
    message bigint NOT NULL,
    number smallint NOT NULL,
    account_id integer NOT NULL,
    tried_at timestamp with time zone NOT NULL,
    seconds double precision NOT NULL,
    http_status smallint,
    fault text
);
COMMENT ON COLUMN public.webhook_try.fault IS 'why it was no success';
INSERT INTO public.account OVERRIDING SYSTEM VALUE VALUES
	(1, 'clinic', 'thoroughcare', 'UTC', 'nightly', '{}', 8, '2026-11-26 17:04:55.428825+00'),
	(3, 'direct', 'ptdirect', 'UTC', 'nightly', '{}', 2, '2026-11-26 17:04:55.433466+00'),
	(2, 'harbor', 'metriport', 'UTC', 'on_arrival', '{}', 1, '2026-11-26 17:04:55.433466+00');
INSERT INTO public.alembic_version VALUES
	('0010');
INSERT INTO public.api_key VALUES
	('01a1e43a-7a00-714a-93d9-d9fe8fde292d', 2, 'integration', '909cebcbefdb586c544320e5dd0c5c176ef0ac1444f7070e26f5b841c60cd536', 'rl_kLXWzv', 'full', '2026-11-16 12:00:00+00', NULL, NULL);
INSERT INTO public.attempt VALUES
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'finished', 'test', '2026-11-26 17:04:55.468859+00', '2026-11-26 17:05:08.0593+00', NULL, NULL, 2, 2, 0, 0, 0, 1),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'finished', 'test', '2026-11-26 17:05:08.104511+00', '2026-11-26 17:05:09.637031+00', NULL, NULL, 2, 0, 2, 0, 0, 2),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'finished', 'test', '2026-11-26 17:05:09.666974+00', '2026-11-26 17:05:10.810601+00', NULL, NULL, 2, 1, 1, 0, 0, 3),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'finished', 'test', '2026-11-26 17:05:11.038077+00', '2026-11-26 17:05:12.193662+00', NULL, NULL, 2, 1, 0, 1, 0, 5),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'finished', 'test', '2026-11-26 17:05:12.249308+00', '2026-11-26 17:05:14.243263+00', NULL, NULL, 1, 1, 0, 0, 0, 6),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'finished', 'test', '2026-11-26 17:05:14.626321+00', '2026-11-26 17:05:16.410164+00', NULL, NULL, 1, 1, 0, 0, 0, 8),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 'finished', 'test', '2026-11-26 17:05:16.449121+00', '2026-11-26 17:05:18.231291+00', NULL, NULL, 2, 2, 0, 0, 0, 1),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 'finished', 'test', '2026-11-26 17:05:18.306687+00', '2026-11-26 17:05:19.836423+00', NULL, NULL, 2, 0, 1, 1, 0, 2),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 'finished', 'test', '2026-11-26 17:05:19.880792+00', '2026-11-26 17:05:21.916202+00', NULL, NULL, 1, 1, 0, 0, 0, 1),
	('01a1e960-d600-7e3b-b16d-0a459aa4af16', 1, 'failed', 'run', '2026-11-26 17:05:22.02081+00', '2026-11-17 12:02:00+00', 'empty_file', 'the file is empty', 0, 0, 0, 0, 0, 0);
INSERT INTO public.attempt_stage VALUES
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'landed_files', '2026-11-26 17:04:55.485915+00', 1.1371602710000843, 2, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'staged_patients', '2026-11-26 17:04:56.632974+00', 9.787382306000382, 2, NULL, NULL, NULL, 0),
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'matched_patients', '2026-11-26 17:05:06.423036+00', 0.7236299269998199, 2, 2, NULL, NULL, NULL),
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'patients', '2026-11-26 17:05:07.177234+00', 0.6644402649999392, 2, 2, 0, 0, 0),
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'result_files', '2026-11-26 17:05:07.863249+00', 0.1991672579997612, NULL, NULL, NULL, NULL, NULL),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'landed_files', '2026-11-26 17:05:08.116959+00', 0.04956025299998146, 2, NULL, NULL, NULL, NULL),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'staged_patients', '2026-11-26 17:05:08.191381+00', 0.3691118209999331, 2, NULL, NULL, NULL, 0),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'matched_patients', '2026-11-26 17:05:08.562462+00', 0.7569328360000327, 2, NULL, 2, NULL, NULL),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'patients', '2026-11-26 17:05:09.324563+00', 0.1720067139999628, 2, 0, 2, 0, 0),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'result_files', '2026-11-26 17:05:09.504253+00', 0.13725428400039164, NULL, NULL, NULL, NULL, NULL),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'landed_files', '2026-11-26 17:05:09.66947+00', 0.050311448000229575, 2, NULL, NULL, NULL, NULL),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'staged_patients', '2026-11-26 17:05:09.73372+00', 0.2106017449996216, 2, NULL, NULL, NULL, 0),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'matched_patients', '2026-11-26 17:05:09.94617+00', 0.4734986429998571, 2, 1, 1, NULL, NULL),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'patients', '2026-11-26 17:05:10.439846+00', 0.24402815800021926, 2, 1, 1, 0, 0),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'result_files', '2026-11-26 17:05:10.699606+00', 0.12191169700008686, NULL, NULL, NULL, NULL, NULL),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'landed_files', '2026-11-26 17:05:11.055224+00', 0.08427520700024616, 2, NULL, NULL, NULL, NULL),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'staged_patients', '2026-11-26 17:05:11.161124+00', 0.20140501900004892, 2, NULL, NULL, NULL, 0),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'matched_patients', '2026-11-26 17:05:11.365613+00', 0.41871265500003574, 2, 1, NULL, 1, NULL),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'patients', '2026-11-26 17:05:11.809204+00', 0.1458975600003214, 2, 1, 0, 1, 0),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'result_files', '2026-11-26 17:05:11.956905+00', 0.2520425699999578, NULL, NULL, NULL, NULL, NULL),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'landed_files', '2026-11-26 17:05:12.269611+00', 0.08080317500025558, 1, NULL, NULL, NULL, NULL),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'staged_patients', '2026-11-26 17:05:12.389028+00', 0.35232075500016435, 1, NULL, NULL, NULL, 0),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'matched_patients', '2026-11-26 17:05:12.779249+00', 0.9485663740001655, 1, 1, NULL, NULL, NULL),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'patients', '2026-11-26 17:05:13.766049+00', 0.3625018329998966, 1, 1, 0, 0, 0),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'result_files', '2026-11-26 17:05:14.145108+00', 0.10243272100024114, NULL, NULL, NULL, NULL, NULL),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'landed_files', '2026-11-26 17:05:14.648997+00', 0.09547938400010025, 1, NULL, NULL, NULL, NULL),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'staged_patients', '2026-11-26 17:05:14.770058+00', 0.2893963699998494, 1, NULL, NULL, NULL, 0),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'matched_patients', '2026-11-26 17:05:15.123581+00', 0.7461359740000262, 1, 1, NULL, NULL, NULL),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'patients', '2026-11-26 17:05:15.898516+00', 0.31870001500010403, 1, 1, 0, 0, 0),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'result_files', '2026-11-26 17:05:16.233252+00', 0.1798830419998012, NULL, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 'landed_files', '2026-11-26 17:05:16.45812+00', 0.09979289500006416, 2, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 'staged_patients', '2026-11-26 17:05:16.581014+00', 0.4370734900003299, 2, NULL, NULL, NULL, 0),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 'matched_patients', '2026-11-26 17:05:17.059796+00', 0.6646346830002585, 2, 2, NULL, NULL, NULL),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 'patients', '2026-11-26 17:05:17.766202+00', 0.28262102600001526, 2, 2, 0, 0, 0),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 'result_files', '2026-11-26 17:05:18.069267+00', 0.19487563900020177, NULL, NULL, NULL, NULL, NULL),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 'landed_files', '2026-11-26 17:05:18.341182+00', 0.0687156590001905, 2, NULL, NULL, NULL, NULL),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 'staged_patients', '2026-11-26 17:05:18.439132+00', 0.36900809700000536, 2, NULL, NULL, NULL, 0),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 'matched_patients', '2026-11-26 17:05:18.832439+00', 0.7029848010001842, 2, NULL, 1, 1, NULL),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 'patients', '2026-11-26 17:05:19.566327+00', 0.12580808900020202, 2, 0, 1, 1, 0),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 'result_files', '2026-11-26 17:05:19.706459+00', 0.14876700800004983, NULL, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 'landed_files', '2026-11-26 17:05:19.925528+00', 0.07454049199986912, 1, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 'staged_patients', '2026-11-26 17:05:20.024934+00', 0.4109553940002115, 1, NULL, NULL, NULL, 0),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 'matched_patients', '2026-11-26 17:05:20.448525+00', 0.8750879880003595, 1, 1, NULL, NULL, NULL),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 'patients', '2026-11-26 17:05:21.361357+00', 0.3509445780000533, 1, 1, 0, 0, 0),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 'result_files', '2026-11-26 17:05:21.713938+00', 0.21538834800003315, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.bulk_request VALUES
	('01a1e960-d600-7e3b-b16d-0a459aa4af16', 2, '01a218d1-3c97-723f-8e10-8a65c18452f1', false, NULL, 'received', '2026-11-17 12:00:00+00', '2026-11-17 12:10:00+00'),
	('01a1ee87-3200-7c15-b146-7affa6a51e90', 2, '01a218d1-3c97-723f-8e10-8a65c18452f1', false, NULL, 'waiting', '2026-11-18 12:00:00+00', '2026-11-18 12:10:00+00');
INSERT INTO public.decision VALUES
	('01a1f075-9480-7b26-95d9-66c52f2b9299', 1, 'undo', '01a1ee87-3200-72cd-9aea-58232a192ccb', 1, NULL, NULL, 'rita@clinic.test', '2026-11-18 21:00:00+00', 1, 1, 0, 0),
	('01a1fac2-4c80-736d-a0a4-e33bcc8d854f', 1, 'merge', NULL, NULL, '01a1f3ad-8e00-7000-8000-369b66ce7de7', '01a1f8d3-ea00-7000-8000-2b6dfd9eb4a7', 'rita@clinic.test', '2026-11-20 21:00:00+00', 1, 1, 0, 0);
INSERT INTO public.document_plan VALUES
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 2, 'wanted', '2026-11-26 17:05:21.712646+00', NULL, 0, 0, 0, 0, 0, 0, 0, NULL);
INSERT INTO public.facility VALUES
	('01a218d1-3c97-723f-8e10-8a65c18452f1', 2, 'Main Street', '2026-11-26 17:04:55.433466+00');
INSERT INTO public.import VALUES
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'thoroughcare', 'cli', 'day-0.csv', '98c2f057ba4a6dbe33cc8895630b6d706e059f60d4988c9489913c32e243383d', 205, '2026-11-16 12:00:00+00', false, NULL, '2026-11-16_clinic_46e553d454', 'completed', NULL, 0, NULL),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'thoroughcare', 'cli', 'day-1.csv', '5f0092f60abd2d475979cd1afcf38012613c0e6988eefde9add1e7fc9a76a1aa', 173, '2026-11-17 12:00:00+00', false, NULL, '2026-11-17_clinic_bd7d3c6f2d', 'completed', NULL, 0, NULL),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'thoroughcare', 'cli', 'day-2.csv', '156264bf667856abe9b1d4ec8605caaa7b7ee49b14dbc637c2c16a4dcec43a76', 155, '2026-11-18 12:00:00+00', false, NULL, '2026-11-18_clinic_232a192ccb', 'completed', NULL, 0, NULL),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'thoroughcare', 'cli', 'day-3.csv', '27105d0ed93ab0d071e325326ef8bb1441146649aad7a1ba54bcb7ec79602b87', 154, '2026-11-19 12:00:00+00', false, NULL, '2026-11-19_clinic_9b66ce7de7', 'completed', NULL, 0, NULL),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'thoroughcare', 'cli', 'day-4.csv', '532dcec0b4f5ac18257336540d486ef5625cc5431ba052bb1aae844ff3f0d6a8', 140, '2026-11-20 12:00:00+00', false, NULL, '2026-11-20_clinic_6dfd9eb4a7', 'completed', NULL, 0, NULL),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'thoroughcare', 'cli', 'day-5.csv', 'c141c5b7723d856674e2da8fd1b6c035398eb095b6dcde1b02ed66c98c8f7d7c', 125, '2026-11-21 12:00:00+00', false, NULL, '2026-11-21_clinic_1a46ae7d83', 'completed', NULL, 0, NULL),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 3, 'ptdirect', 'cli', 'direct-0.csv', '9e82463e6ae7626decb85c1541d6ff02ac84656e57121725f78be332646ea785', 38, '2026-11-16 12:00:00+00', false, NULL, '2026-11-16_direct_9ecb647450', 'completed', NULL, 0, NULL),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 3, 'ptdirect', 'cli', 'direct-1.csv', '10adecb391e85c9e8dbcdc7c23acd90a8e4cdcdb92053ee66726667263ace87f', 38, '2026-11-17 12:00:00+00', false, NULL, '2026-11-17_direct_4d86033e1d', 'completed', NULL, 0, NULL),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 2, 'metriport', 'cli', 'harbor-0.csv', '6026c2d97860d9cc9b63ce5e01fa07647870e47871436cce296c77a1fcd73c5c', 115, '2026-11-16 12:00:00+00', false, '01a218d1-3c97-723f-8e10-8a65c18452f1', '2026-11-16_harbor_78aeea12d8', 'completed', NULL, 0, NULL),
	('01a1e960-d600-7e3b-b16d-0a459aa4af16', 2, 'metriport', 'api', '01a1e960-d600-7e3b-b16d-0a459aa4af16.csv', 'abababababababababababababababababababababababababababababababab', 12, '2026-11-17 12:01:00+00', false, '01a218d1-3c97-723f-8e10-8a65c18452f1', '2026-11-17_harbor_459aa4af16', 'failed', 'the file is empty', 1, NULL);
INSERT INTO public.import_row VALUES
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 2, 'created', '01a1e43a-7a00-7000-8000-2f46e553d454', 1064991, NULL),
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 3, 'created', '01a1e43a-7a00-7000-8000-3f46e553d454', 9453599, NULL),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 2, 'updated', '01a1e43a-7a00-7000-8000-2f46e553d454', 1064991, NULL),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 3, 'updated', '01a1e43a-7a00-7000-8000-3f46e553d454', 1069087, NULL),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 2, 'updated', '01a1e43a-7a00-7000-8000-2f46e553d454', 1064991, NULL),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 3, 'created', '01a1ee87-3200-7000-8000-38232a192ccb', 16415, NULL),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 2, 'unchanged', '01a1e43a-7a00-7000-8000-2f46e553d454', 1064991, NULL),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 3, 'created', '01a1f3ad-8e00-7000-8000-369b66ce7de7', 16415, NULL),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 2, 'created', '01a1f8d3-ea00-7000-8000-2b6dfd9eb4a7', 49183, NULL),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 2, 'created', '01a1fdfa-4600-7000-8000-2b1a46ae7d83', 1064991, NULL),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 1, 'created', '01a1e43a-7a00-7000-8000-129ecb647450', 65563, NULL),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 2, 'created', '01a1e43a-7a00-7000-8000-229ecb647450', 65563, NULL),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 1, 'updated', '01a1e43a-7a00-7000-8000-129ecb647450', 65563, NULL),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 2, 'unchanged', '01a1e43a-7a00-7000-8000-229ecb647450', 65563, NULL),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 2, 'created', '01a1e43a-7a00-7000-8000-2478aeea12d8', 31, NULL);
INSERT INTO public.patient VALUES
	('01a1e43a-7a00-7000-8000-2f46e553d454', 1, 694563232781001506, 'Maria', 'Lopez', '1961-05-27', 1961, 'F', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7000-8000-3f46e553d454', 1, 3084217658245746484, 'John', 'Smith', '1950-01-02', 1950, 'M', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 4, NULL),
	('01a1f3ad-8e00-7000-8000-369b66ce7de7', 1, 7049205716400434053, 'Ana', 'Silva', '1948-03-04', 1948, 'F', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a1fdfa-4600-7000-8000-2b1a46ae7d83', 1, 3084217658245746484, 'John', 'Smith', '1950-01-02', 1950, 'M', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7000-8000-229ecb647450', 3, 5469373998347265723, 'Bob', 'Two', NULL, 1980, 'M', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7000-8000-129ecb647450', 3, 5779151245303224809, 'Ada', 'Uno', NULL, 1970, 'F', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	('01a1e43a-7a00-7000-8000-2478aeea12d8', 2, 694563232781001506, 'Maria', 'Lopez', '1961-05-27', 1961, 'F', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.patient_address VALUES
	('01a1e43a-7a00-7000-8000-3f46e553d454', 'home', NULL, NULL, 'Lima', NULL, NULL, 4),
	('01a1e43a-7a00-7000-8000-2f46e553d454', 'home', NULL, NULL, 'Oslo', NULL, NULL, 5),
	('01a1fdfa-4600-7000-8000-2b1a46ae7d83', 'home', NULL, NULL, 'Cork', NULL, NULL, 6),
	('01a1e43a-7a00-7000-8000-2478aeea12d8', 'other/37e5722bea3c593f', '1 Main Street', NULL, 'Portland', 'ME', '04101', 7);
INSERT INTO public.patient_alias VALUES
	(1, 'ehr', 'E-3', '01a1f3ad-8e00-7000-8000-369b66ce7de7', '01a1fac2-4c80-736d-a0a4-e33bcc8d854f');
INSERT INTO public.patient_change VALUES
	('01a1e43a-7a00-7000-8000-2f46e553d454', '01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 2, '2026-11-16 12:00:00+00', '{"first_name":[null,"Maria"],"last_name":[null,"Lopez"],"birth_date":[null,"1961-05-27"],"birth_year":[null,"1961"],"gender":[null,"F"],"identifier/ehr/value":[null,"E-1"],"address/home/city":[null,"Rome"],"flag/frail/name":[null,"Frail"]}', 1),
	('01a1e43a-7a00-7000-8000-3f46e553d454', '01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 3, '2026-11-16 12:00:00+00', '{"first_name":[null,"John"],"last_name":[null,"Smith"],"birth_date":[null,"1950-01-02"],"birth_year":[null,"1950"],"gender":[null,"M"],"identifier/ehr/value":[null,"E-2"],"contact/phone/home/value":[null,"+12125550123"],"address/home/city":[null,"Bern"]}', 1),
	('01a1e43a-7a00-7000-8000-2f46e553d454', '01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 2, '2026-11-17 12:00:00+00', '{"address/home/city":["Rome","Oslo"]}', 2),
	('01a1e43a-7a00-7000-8000-3f46e553d454', '01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 3, '2026-11-17 12:00:00+00', '{"address/home/city":["Bern","Lima"],"risk_score":[null,"4"]}', 2),
	('01a1e43a-7a00-7000-8000-2f46e553d454', '01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 2, '2026-11-18 12:00:00+00', '{"address/home/city":["Oslo","Paris"]}', 3),
	('01a1ee87-3200-7000-8000-38232a192ccb', '01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 3, '2026-11-18 12:00:00+00', '{"first_name":[null,"Ana"],"last_name":[null,"Silva"],"birth_date":[null,"1948-03-04"],"birth_year":[null,"1948"],"gender":[null,"F"],"identifier/ehr/value":[null,"E-3"]}', 3),
	('01a1e43a-7a00-7000-8000-2f46e553d454', '01a1f075-9480-7b26-95d9-66c52f2b9299', 0, 0, '2026-11-18 21:00:00+00', '{ "address/home/city" : ["Paris", "Oslo"] }', 4),
	('01a1ee87-3200-7000-8000-38232a192ccb', '01a1f075-9480-7b26-95d9-66c52f2b9299', 0, 0, '2026-11-18 21:00:00+00', '{ "birth_date" : ["1948-03-04", null], "birth_year" : ["1948", null], "first_name" : ["Ana", null], "gender" : ["F", null], "identifier/ehr/value" : ["E-3", null], "last_name" : ["Silva", null] }', 4),
	('01a1f3ad-8e00-7000-8000-369b66ce7de7', '01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 3, '2026-11-19 12:00:00+00', '{"first_name":[null,"Ana"],"last_name":[null,"Silva"],"birth_date":[null,"1948-03-04"],"birth_year":[null,"1948"],"gender":[null,"F"],"identifier/ehr/value":[null,"E-3"]}', 5),
	('01a1f8d3-ea00-7000-8000-2b6dfd9eb4a7', '01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 2, '2026-11-20 12:00:00+00', '{"first_name":[null,"Ana"],"last_name":[null,"Silva"],"birth_date":[null,"1948-03-04"],"birth_year":[null,"1948"],"gender":[null,"F"],"identifier/ehr/value":[null,"E-30"],"identifier/mbi/value":[null,"1EG4TE5MK73"]}', 6),
	('01a1f3ad-8e00-7000-8000-369b66ce7de7', '01a1fac2-4c80-736d-a0a4-e33bcc8d854f', 0, 0, '2026-11-20 21:00:00+00', '{ "first_name" : ["Ana", "Ana"], "last_name" : ["Silva", "Silva"], "birth_date" : ["1948-03-04", "1948-03-04"], "birth_year" : ["1948", "1948"], "gender" : ["F", "F"], "identifier/ehr/value" : ["E-3", "E-30"], "identifier/mbi/value" : [null, "1EG4TE5MK73"] }', 7),
	('01a1f8d3-ea00-7000-8000-2b6dfd9eb4a7', '01a1fac2-4c80-736d-a0a4-e33bcc8d854f', 0, 0, '2026-11-20 21:00:00+00', '{ "first_name" : ["Ana", null], "last_name" : ["Silva", null], "birth_date" : ["1948-03-04", null], "birth_year" : ["1948", null], "gender" : ["F", null], "identifier/ehr/value" : ["E-30", null], "identifier/mbi/value" : ["1EG4TE5MK73", null] }', 7),
	('01a1fdfa-4600-7000-8000-2b1a46ae7d83', '01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 2, '2026-11-21 12:00:00+00', '{"first_name":[null,"John"],"last_name":[null,"Smith"],"birth_date":[null,"1950-01-02"],"birth_year":[null,"1950"],"gender":[null,"M"],"identifier/ehr/value":[null,"E-20"],"address/home/city":[null,"Cork"]}', 8),
	('01a1e43a-7a00-7000-8000-129ecb647450', '01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 1, '2026-11-16 12:00:00+00', '{"identifier/internal/value":[null,"C-1"],"first_name":[null,"Ada"],"last_name":[null,"One"],"birth_year":[null,"1970"],"gender":[null,"F"]}', 1),
	('01a1e43a-7a00-7000-8000-229ecb647450', '01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 2, '2026-11-16 12:00:00+00', '{"identifier/internal/value":[null,"C-2"],"first_name":[null,"Bob"],"last_name":[null,"Two"],"birth_year":[null,"1980"],"gender":[null,"M"]}', 1),
	('01a1e43a-7a00-7000-8000-129ecb647450', '01a1e960-d600-710e-b823-6b4d86033e1d', 1, 1, '2026-11-17 12:00:00+00', '{"last_name":["One","Uno"]}', 2),
	('01a1e43a-7a00-7000-8000-2478aeea12d8', '01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 2, '2026-11-16 12:00:00+00', '{"first_name":[null,"Maria"],"last_name":[null,"Lopez"],"birth_date":[null,"1961-05-27"],"birth_year":[null,"1961"],"gender":[null,"F"],"address/other/37e5722bea3c593f/line1":[null,"1 Main Street"],"address/other/37e5722bea3c593f/city":[null,"Portland"],"address/other/37e5722bea3c593f/state":[null,"ME"],"address/other/37e5722bea3c593f/postal_code":[null,"04101"],"facility/01a218d1-3c97-723f-8e10-8a65c18452f1/facility_id":[null,"01a218d1-3c97-723f-8e10-8a65c18452f1"]}', 1);
INSERT INTO public.patient_contact VALUES
	('01a1e43a-7a00-7000-8000-3f46e553d454', 'phone/home', '+12125550123', 1);
INSERT INTO public.patient_facility VALUES
	('01a1e43a-7a00-7000-8000-2478aeea12d8', '01a218d1-3c97-723f-8e10-8a65c18452f1', '01a218d1-3c97-723f-8e10-8a65c18452f1', 1);
INSERT INTO public.patient_flag VALUES
	('01a1e43a-7a00-7000-8000-2f46e553d454', 'frail', 'Frail', 1);
INSERT INTO public.patient_identifier VALUES
	('01a1e43a-7a00-7000-8000-2f46e553d454', 'ehr', 'E-1', NULL, 1, 1),
	('01a1e43a-7a00-7000-8000-3f46e553d454', 'ehr', 'E-2', NULL, 2, 1),
	('01a1f3ad-8e00-7000-8000-369b66ce7de7', 'ehr', 'E-30', NULL, 4, 1),
	('01a1f3ad-8e00-7000-8000-369b66ce7de7', 'mbi', '1EG4TE5MK73', NULL, 7, 1),
	('01a1fdfa-4600-7000-8000-2b1a46ae7d83', 'ehr', 'E-20', NULL, 8, 1),
	('01a1e43a-7a00-7000-8000-129ecb647450', 'internal', 'C-1', NULL, 9, 3),
	('01a1e43a-7a00-7000-8000-229ecb647450', 'internal', 'C-2', NULL, 10, 3);
INSERT INTO public.result_file VALUES
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'result', 1, '2026-11-16_day-0.csv', 'e04a31b0e7d808aa73397c78922463c5ffc62f15ee919b55927c4b9be8573c5f'),
	('01a1e43a-7a00-7ca1-ab1f-4f46e553d454', 1, 'failed_rows', 1, '2026-11-16_day-0_failed-rows.csv', '4b886d0b96a59dc54c23409c3fa1f2df0044de702e11f42774fb229d2a77a2df'),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'result', 1, '2026-11-17_day-1.csv', '5230682fcc6cda9cbf07634ef2b14caeb90308a23fc8e60a9774e251656e5e8e'),
	('01a1e960-d600-793a-a81a-e9bd7d3c6f2d', 1, 'failed_rows', 1, '2026-11-17_day-1_failed-rows.csv', '1f6a240ec9fa53c85288a2bb17de2bd27a6ba99984aa2955f6ccb403409cb9e3'),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'result', 1, '2026-11-18_day-2.csv', 'c3ed8e87b1d967ff93cfd0091ea0f2724d9b7328364c9a6b8961a5485425593f'),
	('01a1ee87-3200-72cd-9aea-58232a192ccb', 1, 'failed_rows', 1, '2026-11-18_day-2_failed-rows.csv', '09b837062fb3a0b6e40639ded43f3eba990dc52650d086d080d2303306b957fc'),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'result', 1, '2026-11-19_day-3.csv', 'a97084264356d5bb68028fd618e049b1705f6abf83ab4e77bdd2671c96957b1f'),
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 'failed_rows', 1, '2026-11-19_day-3_failed-rows.csv', '09b837062fb3a0b6e40639ded43f3eba990dc52650d086d080d2303306b957fc'),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'result', 1, '2026-11-20_day-4.csv', '6a84cdcffc54ac6712a304e4aa6157f00016e12640390edcc5106eea3ce36342'),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 'failed_rows', 1, '2026-11-20_day-4_failed-rows.csv', '1aa6207ce2b8c818c35e9db520d1ec67ce6c084d6a2c0f80e0287763bc6df8fb'),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'result', 1, '2026-11-21_day-5.csv', 'd492dac91fd68716ab3f8cdcbbe647101daa601074cd0fd4c27691dcd2578501'),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 'failed_rows', 1, '2026-11-21_day-5_failed-rows.csv', '09b837062fb3a0b6e40639ded43f3eba990dc52650d086d080d2303306b957fc'),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 'result', 3, '2026-11-16_direct-0.csv', '76958d5f7124c7135e0921de364e625921ac708a31cf08be411e26e9f95a545e'),
	('01a1e43a-7a00-7474-9fe7-d29ecb647450', 1, 'failed_rows', 3, '2026-11-16_direct-0_failed-rows.csv', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 'result', 3, '2026-11-17_direct-1.csv', '30f54a565d06098086c5733e8253670a87c9586a5616df0eb284b39d2b3bd3fc'),
	('01a1e960-d600-710e-b823-6b4d86033e1d', 1, 'failed_rows', 3, '2026-11-17_direct-1_failed-rows.csv', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 'result', 2, '2026-11-16_harbor-0.csv', '062034a8d80bfbf2e91074922c5c088940140bf8c3f90ea1a02c80ef4d12c75c'),
	('01a1e43a-7a00-7bd9-9e6b-4478aeea12d8', 1, 'failed_rows', 2, '2026-11-16_harbor-0_failed-rows.csv', 'e48e006227491738a339885c52cf50e70cf037cda271305f8f2e1aa49173afed');
INSERT INTO public.review VALUES
	('01a1f8d3-ea00-7000-8000-2b6dfd9eb4a7', '01a1f3ad-8e00-7000-8000-369b66ce7de7', 1, 'identifier_differs', '01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 2, 'same', '2026-11-26 17:05:13.749675+00', '2026-11-20 21:00:00+00', 'rita@clinic.test', NULL, '01a1fac2-4c80-736d-a0a4-e33bcc8d854f'),
	('01a1fdfa-4600-7000-8000-2b1a46ae7d83', '01a1e43a-7a00-7000-8000-3f46e553d454', 1, 'identifier_differs', '01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 2, 'open', '2026-11-26 17:05:15.879746+00', NULL, NULL, NULL, NULL);
INSERT INTO public.row_issue VALUES
	('01a1f3ad-8e00-7652-b495-a69b66ce7de7', 1, 2, 0, 'no_new_information', 'info', NULL, 'No new information.'),
	('01a1f8d3-ea00-711b-8976-bb6dfd9eb4a7', 1, 2, 0, 'in_review', 'info', NULL, 'may be the same person as patient 01a1f3ad-8e00-7000-8000-369b66ce7de7; a person will judge (identifier differs)'),
	('01a1fdfa-4600-7f6f-87da-8b1a46ae7d83', 1, 2, 0, 'in_review', 'info', NULL, 'may be the same person as patient 01a1e43a-7a00-7000-8000-3f46e553d454; a person will judge (identifier differs)');
INSERT INTO public.webhook VALUES
	(2, 'https://receiver.example/hook', 'ViTV2j9gmLXdd95E-o7zRMwMqq4yPS-5Khek7M_IP5E', NULL, '2026-11-16 12:00:00+00');
INSERT INTO public.webhook_message OVERRIDING SYSTEM VALUE VALUES
	(2, 'c81c0bd7-0610-42a6-bdec-7f5b3ebac2d8', 2, '01a1e960-d600-7e3b-b16d-0a459aa4af16', 'failed', 'the file is empty', '2026-11-26 17:05:22.02081+00', 0, '2026-11-26 17:05:22.02081+00', NULL, NULL),
	(1, 'c14b26d9-8c19-4b1c-9031-b50d23841fa7', 2, '01a1e960-d600-7e3b-b16d-0a459aa4af16', 'processing', NULL, '2026-11-26 17:05:21.977849+00', 1, '2026-11-26 17:06:26.949471+00', NULL, NULL);
INSERT INTO public.webhook_try VALUES
	(1, 1, 2, '2026-11-26 17:06:21.949471+00', 0.1, 500, 'answered 500');
SELECT pg_catalog.setval('public.access_event_id_seq', 1, false);
SELECT pg_catalog.setval('public.account_id_seq', 3, true);
SELECT pg_catalog.setval('public.patient_address_sequence_seq', 7, true);
SELECT pg_catalog.setval('public.patient_client_group_sequence_seq', 1, false);
SELECT pg_catalog.setval('public.patient_cohort_sequence_seq', 1, false);
SELECT pg_catalog.setval('public.patient_condition_sequence_seq', 1, false);
SELECT pg_catalog.setval('public.patient_contact_sequence_seq', 1, true);
SELECT pg_catalog.setval('public.patient_coverage_sequence_seq', 1, false);
SELECT pg_catalog.setval('public.patient_enrolment_sequence_seq', 1, false);
SELECT pg_catalog.setval('public.patient_facility_sequence_seq', 1, true);
SELECT pg_catalog.setval('public.patient_flag_sequence_seq', 1, true);
SELECT pg_catalog.setval('public.patient_identifier_sequence_seq', 10, true);
SELECT pg_catalog.setval('public.patient_medication_sequence_seq', 1, false);
SELECT pg_catalog.setval('public.patient_note_sequence_seq', 1, false);
SELECT pg_catalog.setval('public.portal_user_id_seq', 1, false);
SELECT pg_catalog.setval('public.sftp_user_id_seq', 1, false);
SELECT pg_catalog.setval('public.webhook_message_id_seq', 2, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.access_event
    ADD CONSTRAINT pk_access_event PRIMARY KEY (id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT pk_account PRIMARY KEY (id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT pk_api_key PRIMARY KEY (id);
ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT pk_attempt PRIMARY KEY (import_id, number);
ALTER TABLE ONLY public.attempt_stage
    ADD CONSTRAINT pk_attempt_stage PRIMARY KEY (import_id, attempt, stage);
ALTER TABLE ONLY public.bulk_request
    ADD CONSTRAINT pk_bulk_request PRIMARY KEY (id);
ALTER TABLE ONLY public.cohort
    ADD CONSTRAINT pk_cohort PRIMARY KEY (id);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT pk_decision PRIMARY KEY (id);
ALTER TABLE ONLY public.document_plan
    ADD CONSTRAINT pk_document_plan PRIMARY KEY (import_id);
ALTER TABLE ONLY public.document_query
    ADD CONSTRAINT pk_document_query PRIMARY KEY (import_id, attempt, patient_id);
ALTER TABLE ONLY public.facility
    ADD CONSTRAINT pk_facility PRIMARY KEY (id);
ALTER TABLE ONLY public.import
    ADD CONSTRAINT pk_import PRIMARY KEY (id);
ALTER TABLE ONLY public.import_row
    ADD CONSTRAINT pk_import_row PRIMARY KEY (import_id, attempt, line);
ALTER TABLE ONLY public.patient
    ADD CONSTRAINT pk_patient PRIMARY KEY (id);
ALTER TABLE ONLY public.patient_address
    ADD CONSTRAINT pk_patient_address PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_alias
    ADD CONSTRAINT pk_patient_alias PRIMARY KEY (account_id, item, value);
ALTER TABLE ONLY public.patient_change
    ADD CONSTRAINT pk_patient_change PRIMARY KEY (patient_id, import_id, attempt, line);
ALTER TABLE ONLY public.patient_client_group
    ADD CONSTRAINT pk_patient_client_group PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_cohort
    ADD CONSTRAINT pk_patient_cohort PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_condition
    ADD CONSTRAINT pk_patient_condition PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_contact
    ADD CONSTRAINT pk_patient_contact PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_coverage
    ADD CONSTRAINT pk_patient_coverage PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_enrolment
    ADD CONSTRAINT pk_patient_enrolment PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_facility
    ADD CONSTRAINT pk_patient_facility PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_flag
    ADD CONSTRAINT pk_patient_flag PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_identifier
    ADD CONSTRAINT pk_patient_identifier PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_medication
    ADD CONSTRAINT pk_patient_medication PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.patient_note
    ADD CONSTRAINT pk_patient_note PRIMARY KEY (patient_id, item);
ALTER TABLE ONLY public.portal_session
    ADD CONSTRAINT pk_portal_session PRIMARY KEY (sha256);
ALTER TABLE ONLY public.portal_user
    ADD CONSTRAINT pk_portal_user PRIMARY KEY (id);
ALTER TABLE ONLY public.result_file
    ADD CONSTRAINT pk_result_file PRIMARY KEY (import_id, attempt, kind);
ALTER TABLE ONLY public.review
    ADD CONSTRAINT pk_review PRIMARY KEY (patient_id, other_patient_id);
ALTER TABLE ONLY public.row_issue
    ADD CONSTRAINT pk_row_issue PRIMARY KEY (import_id, attempt, line, ordinal);
ALTER TABLE ONLY public.sftp_key
    ADD CONSTRAINT pk_sftp_key PRIMARY KEY (user_id, fingerprint);
ALTER TABLE ONLY public.sftp_user
    ADD CONSTRAINT pk_sftp_user PRIMARY KEY (id);
ALTER TABLE ONLY public.submission
    ADD CONSTRAINT pk_submission PRIMARY KEY (import_id);
ALTER TABLE ONLY public.vocabulary
    ADD CONSTRAINT pk_vocabulary PRIMARY KEY (account_id, field, folded);
ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT pk_webhook PRIMARY KEY (account_id);
ALTER TABLE ONLY public.webhook_message
    ADD CONSTRAINT pk_webhook_message PRIMARY KEY (id);
ALTER TABLE ONLY public.webhook_try
    ADD CONSTRAINT pk_webhook_try PRIMARY KEY (message, number);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT uq_account_name UNIQUE (name);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT uq_api_key_sha256 UNIQUE (sha256);
ALTER TABLE ONLY public.bulk_request
    ADD CONSTRAINT uq_bulk_request_account_id_idempotency_key UNIQUE (account_id, idempotency_key);
ALTER TABLE ONLY public.cohort
    ADD CONSTRAINT uq_cohort_account_id_name UNIQUE (account_id, name);
ALTER TABLE ONLY public.facility
    ADD CONSTRAINT uq_facility_account_id_name UNIQUE (account_id, name);
ALTER TABLE ONLY public.import
    ADD CONSTRAINT uq_import_partition_key UNIQUE (partition_key);
ALTER TABLE ONLY public.portal_user
    ADD CONSTRAINT uq_portal_user_name UNIQUE (name);
ALTER TABLE ONLY public.result_file
    ADD CONSTRAINT uq_result_file_account_id_name UNIQUE (account_id, name);
ALTER TABLE ONLY public.sftp_user
    ADD CONSTRAINT uq_sftp_user_name UNIQUE (name);
ALTER TABLE ONLY public.submission
    ADD CONSTRAINT uq_submission_account_id_token UNIQUE (account_id, token);
CREATE INDEX ix_access_event_account_id_at ON public.access_event USING btree (account_id, at);
CREATE INDEX ix_access_event_address_at ON public.access_event USING btree (address, at);
CREATE INDEX ix_access_event_user_name_at ON public.access_event USING btree (user_name, at);
CREATE INDEX ix_bulk_request_account_id_id ON public.bulk_request USING btree (account_id, id);
CREATE INDEX ix_bulk_request_waiting ON public.bulk_request USING btree (expires_at) WHERE (state = 'waiting'::text);
CREATE INDEX ix_decision_account_id_id ON public.decision USING btree (account_id, id);
CREATE INDEX ix_decision_import_id ON public.decision USING btree (import_id) WHERE (import_id IS NOT NULL);
CREATE INDEX ix_decision_other_patient_id ON public.decision USING btree (other_patient_id) WHERE (other_patient_id IS NOT NULL);
CREATE INDEX ix_decision_patient_id ON public.decision USING btree (patient_id) WHERE (patient_id IS NOT NULL);
CREATE INDEX ix_document_plan_due ON public.document_plan USING btree (due_at) WHERE (state <> 'settled'::text);
CREATE INDEX ix_document_query_due ON public.document_query USING btree (import_id, next_try_at) WHERE (state = 'processing'::text);
CREATE INDEX ix_document_query_patient_id ON public.document_query USING btree (patient_id);
CREATE INDEX ix_import_account_id_received_at ON public.import USING btree (account_id, received_at);
CREATE INDEX ix_import_row_patient_id ON public.import_row USING btree (patient_id) WHERE (patient_id IS NOT NULL);
CREATE INDEX ix_import_unfinished ON public.import USING btree (account_id) WHERE (state = ANY (ARRAY['waiting'::text, 'processing'::text]));
CREATE INDEX ix_patient_account_id_id ON public.patient USING btree (account_id, id);
CREATE INDEX ix_patient_account_id_name_key ON public.patient USING btree (account_id, name_key);
CREATE INDEX ix_patient_alias_decision_id ON public.patient_alias USING btree (decision_id);
CREATE INDEX ix_patient_alias_patient_id ON public.patient_alias USING btree (patient_id);
CREATE INDEX ix_patient_change_by_person ON public.patient_change USING btree (patient_id) WHERE (attempt = 0);
CREATE INDEX ix_portal_session_user_id ON public.portal_session USING btree (user_id);
CREATE INDEX ix_portal_user_account_id ON public.portal_user USING btree (account_id);
CREATE INDEX ix_review_judged ON public.review USING btree (account_id, judged_at, patient_id, other_patient_id) WHERE (judged_at IS NOT NULL);
CREATE INDEX ix_review_merged ON public.review USING btree (other_patient_id) WHERE (state = 'same'::text);
CREATE INDEX ix_review_open ON public.review USING btree (account_id, created_at, patient_id, other_patient_id) WHERE (state = 'open'::text);
CREATE INDEX ix_webhook_message_account_id_id ON public.webhook_message USING btree (account_id, id);
CREATE INDEX ix_webhook_message_due ON public.webhook_message USING btree (next_try_at) WHERE ((delivered_at IS NULL) AND (given_up_at IS NULL));
CREATE INDEX ix_webhook_message_import_id ON public.webhook_message USING btree (import_id);
CREATE UNIQUE INDEX uq_api_key_active ON public.api_key USING btree (account_id, name) WHERE (revoked_at IS NULL);
CREATE UNIQUE INDEX uq_patient_identifier_matching ON public.patient_identifier USING btree (account_id, item, value) WHERE (item = ANY (ARRAY['ehr'::text, 'mbi'::text, 'internal'::text]));
CREATE UNIQUE INDEX uq_submission_check_id ON public.submission USING btree (check_id) WHERE (check_id IS NOT NULL);
CREATE TRIGGER tell_webhook AFTER UPDATE OF state ON public.import FOR EACH ROW WHEN (((new.source = 'api'::text) AND (old.state IS DISTINCT FROM new.state) AND (new.state = ANY (ARRAY['processing'::text, 'completed'::text, 'failed'::text])))) EXECUTE FUNCTION public.tell_webhook();
ALTER TABLE ONLY public.access_event
    ADD CONSTRAINT fk_access_event_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT fk_api_key_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT fk_attempt_import_id FOREIGN KEY (import_id) REFERENCES public.import(id);
ALTER TABLE ONLY public.bulk_request
    ADD CONSTRAINT fk_bulk_request_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.bulk_request
    ADD CONSTRAINT fk_bulk_request_facility_id FOREIGN KEY (facility_id) REFERENCES public.facility(id);
ALTER TABLE ONLY public.cohort
    ADD CONSTRAINT fk_cohort_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_import_id FOREIGN KEY (import_id) REFERENCES public.import(id);
ALTER TABLE ONLY public.document_plan
    ADD CONSTRAINT fk_document_plan_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.document_plan
    ADD CONSTRAINT fk_document_plan_import_id FOREIGN KEY (import_id) REFERENCES public.import(id);
ALTER TABLE ONLY public.facility
    ADD CONSTRAINT fk_facility_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.import
    ADD CONSTRAINT fk_import_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.import
    ADD CONSTRAINT fk_import_default_facility_id FOREIGN KEY (default_facility_id) REFERENCES public.facility(id);
ALTER TABLE ONLY public.patient_alias
    ADD CONSTRAINT fk_patient_alias_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.patient_alias
    ADD CONSTRAINT fk_patient_alias_decision_id FOREIGN KEY (decision_id) REFERENCES public.decision(id);
ALTER TABLE ONLY public.portal_session
    ADD CONSTRAINT fk_portal_session_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.portal_session
    ADD CONSTRAINT fk_portal_session_user_id FOREIGN KEY (user_id) REFERENCES public.portal_user(id);
ALTER TABLE ONLY public.portal_user
    ADD CONSTRAINT fk_portal_user_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.result_file
    ADD CONSTRAINT fk_result_file_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.review
    ADD CONSTRAINT fk_review_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.sftp_key
    ADD CONSTRAINT fk_sftp_key_user_id FOREIGN KEY (user_id) REFERENCES public.sftp_user(id);
ALTER TABLE ONLY public.sftp_user
    ADD CONSTRAINT fk_sftp_user_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.submission
    ADD CONSTRAINT fk_submission_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.submission
    ADD CONSTRAINT fk_submission_check_id FOREIGN KEY (check_id) REFERENCES public.import(id);
ALTER TABLE ONLY public.submission
    ADD CONSTRAINT fk_submission_import_id FOREIGN KEY (import_id) REFERENCES public.import(id);
ALTER TABLE ONLY public.vocabulary
    ADD CONSTRAINT fk_vocabulary_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT fk_webhook_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.webhook_message
    ADD CONSTRAINT fk_webhook_message_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.webhook_message
    ADD CONSTRAINT fk_webhook_message_import_id FOREIGN KEY (import_id) REFERENCES public.import(id);
ALTER TABLE ONLY public.webhook_try
    ADD CONSTRAINT fk_webhook_try_account_id FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.webhook_try
    ADD CONSTRAINT fk_webhook_try_message FOREIGN KEY (message) REFERENCES public.webhook_message(id);
ALTER TABLE public.access_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.account ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.attempt_stage ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.bulk_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.cohort ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.decision ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.document_plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.document_query ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.facility ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.import ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.import_row ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON public.access_event TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.account TO rosterline_gateway USING ((id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.api_key TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.attempt TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.import i
  WHERE (i.id = attempt.import_id))));
CREATE POLICY own_account ON public.attempt_stage TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.import i
  WHERE (i.id = attempt_stage.import_id))));
CREATE POLICY own_account ON public.bulk_request TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.cohort TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.decision TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.document_plan TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.document_query TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.facility TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.import TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.import_row TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.import i
  WHERE (i.id = import_row.import_id))));
CREATE POLICY own_account ON public.patient TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.patient_address TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_address.patient_id))));
CREATE POLICY own_account ON public.patient_alias TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.patient_change TO rosterline_gateway USING (((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_change.patient_id))) OR (EXISTS ( SELECT
   FROM public.import i
  WHERE (i.id = patient_change.import_id))) OR (EXISTS ( SELECT
   FROM public.decision d
  WHERE (d.id = patient_change.import_id))) OR (EXISTS ( SELECT
   FROM public.review r
  WHERE ((r.patient_id = patient_change.patient_id) AND (r.state = 'same'::text))))));
CREATE POLICY own_account ON public.patient_client_group TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_client_group.patient_id))));
CREATE POLICY own_account ON public.patient_cohort TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_cohort.patient_id))));
CREATE POLICY own_account ON public.patient_condition TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_condition.patient_id))));
CREATE POLICY own_account ON public.patient_contact TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_contact.patient_id))));
CREATE POLICY own_account ON public.patient_coverage TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_coverage.patient_id))));
CREATE POLICY own_account ON public.patient_enrolment TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_enrolment.patient_id))));
CREATE POLICY own_account ON public.patient_facility TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_facility.patient_id))));
CREATE POLICY own_account ON public.patient_flag TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_flag.patient_id))));
CREATE POLICY own_account ON public.patient_identifier TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.patient_medication TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_medication.patient_id))));
CREATE POLICY own_account ON public.patient_note TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.patient p
  WHERE (p.id = patient_note.patient_id))));
CREATE POLICY own_account ON public.portal_session TO rosterline_gateway USING (false);
CREATE POLICY own_account ON public.portal_user TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.result_file TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.review TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.row_issue TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.import i
  WHERE (i.id = row_issue.import_id))));
CREATE POLICY own_account ON public.sftp_key TO rosterline_gateway USING ((EXISTS ( SELECT
   FROM public.sftp_user u
  WHERE (u.id = sftp_key.user_id))));
CREATE POLICY own_account ON public.sftp_user TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.submission TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.vocabulary TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.webhook TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.webhook_message TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
CREATE POLICY own_account ON public.webhook_try TO rosterline_gateway USING ((account_id = (NULLIF(current_setting('rosterline.account'::text, true), ''::text))::integer));
ALTER TABLE public.patient ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_address ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_alias ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_client_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_cohort ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_condition ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_contact ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_coverage ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_enrolment ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_facility ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_flag ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_identifier ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_medication ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.patient_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.portal_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.portal_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.result_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.review ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.row_issue ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sftp_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sftp_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.submission ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.vocabulary ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.webhook ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.webhook_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.webhook_try ENABLE ROW LEVEL SECURITY;
GRANT USAGE ON SCHEMA marts TO rosterline_analyst;
GRANT USAGE ON SCHEMA marts_patients TO rosterline_patient_analyst;
GRANT USAGE ON SCHEMA public TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.access_event TO rosterline_gateway;
GRANT SELECT ON TABLE public.account TO rosterline_gateway;
GRANT UPDATE(settings) ON TABLE public.account TO rosterline_gateway;
GRANT UPDATE(registry_version) ON TABLE public.account TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.api_key TO rosterline_gateway;
GRANT UPDATE(revoked_at) ON TABLE public.api_key TO rosterline_gateway;
GRANT SELECT ON TABLE public.attempt TO rosterline_gateway;
GRANT SELECT ON TABLE public.attempt_stage TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.bulk_request TO rosterline_gateway;
GRANT UPDATE(state) ON TABLE public.bulk_request TO rosterline_gateway;
GRANT UPDATE(expires_at) ON TABLE public.bulk_request TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.cohort TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.decision TO rosterline_gateway;
GRANT SELECT ON TABLE public.document_plan TO rosterline_gateway;
GRANT SELECT ON TABLE public.document_query TO rosterline_gateway;
GRANT UPDATE(patient_id) ON TABLE public.document_query TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.facility TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.import TO rosterline_gateway;
GRANT UPDATE(state) ON TABLE public.import TO rosterline_gateway;
GRANT UPDATE(reason) ON TABLE public.import TO rosterline_gateway;
GRANT SELECT ON TABLE public.import_row TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(name_key) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(first_name) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(last_name) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(birth_date) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(birth_year) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(gender) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(language) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(care_manager_first_name) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(care_manager_last_name) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(physician_first_name) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(physician_last_name) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(department) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(risk_level) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(risk_score) ON TABLE public.patient TO rosterline_gateway;
GRANT UPDATE(hie_opt_out) ON TABLE public.patient TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_address TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_alias TO rosterline_gateway;
GRANT UPDATE(patient_id) ON TABLE public.patient_alias TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.patient_change TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_client_group TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_cohort TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_condition TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_contact TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_coverage TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_enrolment TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_facility TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_flag TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_identifier TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_medication TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.patient_note TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.portal_user TO rosterline_gateway;
GRANT UPDATE(role) ON TABLE public.portal_user TO rosterline_gateway;
GRANT UPDATE(password_hash) ON TABLE public.portal_user TO rosterline_gateway;
GRANT UPDATE(disabled) ON TABLE public.portal_user TO rosterline_gateway;
GRANT SELECT ON TABLE public.result_file TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.review TO rosterline_gateway;
GRANT UPDATE(state) ON TABLE public.review TO rosterline_gateway;
GRANT UPDATE(judged_at) ON TABLE public.review TO rosterline_gateway;
GRANT UPDATE(judged_by) ON TABLE public.review TO rosterline_gateway;
GRANT UPDATE(asked_by) ON TABLE public.review TO rosterline_gateway;
GRANT UPDATE(closed_by) ON TABLE public.review TO rosterline_gateway;
GRANT SELECT ON TABLE public.row_issue TO rosterline_gateway;
GRANT SELECT,INSERT,DELETE ON TABLE public.sftp_key TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.sftp_user TO rosterline_gateway;
GRANT UPDATE(password_hash) ON TABLE public.sftp_user TO rosterline_gateway;
GRANT UPDATE(disabled) ON TABLE public.sftp_user TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.submission TO rosterline_gateway;
GRANT SELECT ON TABLE public.undone_attempt TO rosterline_gateway;
GRANT SELECT ON TABLE public.vocabulary TO rosterline_gateway;
GRANT SELECT,INSERT ON TABLE public.webhook TO rosterline_gateway;
GRANT UPDATE(url) ON TABLE public.webhook TO rosterline_gateway;
GRANT UPDATE(key) ON TABLE public.webhook TO rosterline_gateway;
GRANT UPDATE(ping_fault) ON TABLE public.webhook TO rosterline_gateway;
GRANT UPDATE(changed_at) ON TABLE public.webhook TO rosterline_gateway;
GRANT SELECT ON TABLE public.webhook_message TO rosterline_gateway;
GRANT UPDATE(next_try_at) ON TABLE public.webhook_message TO rosterline_gateway;
GRANT UPDATE(given_up_at) ON TABLE public.webhook_message TO rosterline_gateway;
GRANT SELECT ON TABLE public.webhook_try TO rosterline_gateway;

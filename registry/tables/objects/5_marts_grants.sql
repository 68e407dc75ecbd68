-- dbt makes the fourth one itself only where it may make schemas.
CREATE SCHEMA IF NOT EXISTS marts_patients_staging;

-- Who may look into the schemas of the marts. dbt grants the marts in them; revision 0007 makes the
-- schemas and the roles.
GRANT USAGE ON SCHEMA marts TO rosterline_analyst;
GRANT USAGE ON SCHEMA marts_patients TO rosterline_patient_analyst;

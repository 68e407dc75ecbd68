CREATE OR REPLACE TEMP TABLE found_pair (
    patient_id UUID,
    other_patient_id UUID,
    weight DOUBLE,
    probability DOUBLE,
    evidence VARCHAR,
    caution VARCHAR,
    is_similar BOOLEAN
)

CREATE OR REPLACE TEMP VIEW spark_prediction AS
SELECT * REPLACE (patient_id_l::UUID AS patient_id_l, patient_id_r::UUID AS patient_id_r)
FROM read_parquet('{files}')

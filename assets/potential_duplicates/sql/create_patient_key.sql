CREATE TABLE copied.patient_key (number INTEGER, rule VARCHAR, key UBIGINT)

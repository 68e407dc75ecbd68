CREATE OR REPLACE TEMP TABLE cluster_node AS
SELECT patient_id_l AS patient_id
FROM cluster_edge
UNION
SELECT patient_id_r AS patient_id
FROM cluster_edge

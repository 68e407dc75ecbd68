SELECT
    patient.* REPLACE (
        CASE
            WHEN shared.keys IS NULL THEN patient.key_phone
            ELSE list_filter(
                    patient.key_phone, LAMBDA key: NOT list_contains(shared.keys, key)
                )
        END AS key_phone,
        CASE
            WHEN shared.keys IS NULL THEN patient.key_email
            ELSE list_filter(
                    patient.key_email, LAMBDA key: NOT list_contains(shared.keys, key)
                )
        END AS key_email
    ),
    coalesce(first_name_frequency.frequency, {rarest}) AS tf_first_name,
    coalesce(last_name_frequency.frequency, {rarest}) AS tf_last_name
FROM {patients} AS patient
LEFT JOIN shared_contact AS shared ON patient.patient_id = shared.patient_id
LEFT JOIN name_frequency AS first_name_frequency
    ON
        first_name_frequency.field = 'first_name'
        AND patient.first_name = first_name_frequency.name
LEFT JOIN name_frequency AS last_name_frequency
    ON
        last_name_frequency.field = 'last_name'
        AND patient.last_name = last_name_frequency.name

SELECT
    import.id,
    import.sha256,
    import.default_facility_id
FROM patient_call
JOIN import ON patient_call.import_id = import.id
WHERE patient_call.account_id = %(account)s AND patient_call.idempotency_key = %(key)s

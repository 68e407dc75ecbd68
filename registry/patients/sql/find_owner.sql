-- A patient who was merged has a review that is `same`, one whom an undo removed has rows.
SELECT account.id, account.name
FROM account
JOIN (
    SELECT account_id FROM patient WHERE id = %(patient)s
    UNION
    SELECT account_id FROM review WHERE patient_id = %(patient)s AND state = 'same'
    UNION
    SELECT import.account_id
    FROM import_row
    JOIN import ON import_row.import_id = import.id
    WHERE import_row.patient_id = %(patient)s
) AS owner ON account.id = owner.account_id

-- A check that an import followed before has its import.
INSERT INTO submission (import_id, account_id, user_name, token, check_id)
SELECT
    member.id,
    submission.account_id,
    submission.user_name,
    coalesce('import ' || checked.id::text, 'member ' || member.id::text),
    checked.id AS check_id
FROM submission
JOIN import AS member ON submission.import_id = member.parent_id
LEFT JOIN import AS checked
    ON submission.check_id = checked.parent_id
        AND member.member = checked.member
        AND NOT EXISTS (
            SELECT FROM submission AS followed WHERE followed.check_id = checked.id
        )
WHERE submission.import_id = %(archive)s
ON CONFLICT DO NOTHING

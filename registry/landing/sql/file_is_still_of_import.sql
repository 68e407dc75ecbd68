-- No row once the file was taken out. A newer import of the name owns the file that is there now,
-- even when its bytes are the same.
SELECT
    NOT EXISTS (
        SELECT 1 FROM import AS other
        WHERE other.account_id = import.account_id
            AND other.drop_name = import.drop_name
            AND other.drop_place = import.drop_place
            AND other.id <> import.id
    )
FROM import
WHERE import.id = %(id)s AND import.drop_name IS NOT NULL

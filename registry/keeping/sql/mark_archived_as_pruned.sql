-- The imports are marked before their file is removed, so that no file is missing without a word.
UPDATE import
SET archive_pruned_at = %(now)s
FROM ({old}) AS old
WHERE import.sha256 = old.sha256
RETURNING import.sha256

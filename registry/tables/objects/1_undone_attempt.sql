-- Attempts that an undo took back: the undone attempt of an import, and all before it.
CREATE OR REPLACE VIEW undone_attempt WITH (security_invoker = true) AS
SELECT
    attempt.import_id,
    attempt.number AS attempt
FROM attempt
WHERE
    EXISTS (
        SELECT FROM decision
        WHERE decision.kind = 'undo'
            AND decision.import_id = attempt.import_id
            AND attempt.number <= decision.attempt
    );

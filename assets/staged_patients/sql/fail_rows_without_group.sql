-- Not from `issues`: those hold cells that no column may hold, which fail the row anyway.
-- `is_complete`: one of the groups, of which the row needs one, has all its values and no fault.
INSERT INTO issues
SELECT line, 1000, $code, 'error', NULL, $message, NULL
FROM normalised
LEFT JOIN (
    SELECT line, list(slot) AS slots
    FROM cell_issue
    WHERE slot IS NOT NULL
    GROUP BY line
) AS faulty USING (line)
WHERE {need} <> '' AND NOT ({is_complete})

WITH issue AS (
    SELECT
        line::INTEGER AS line,
        list(DISTINCT code) AS codes,
        bool_or(severity = 'warning') AS warns
    FROM ledger_issue
    WHERE line <> '0'
    GROUP BY line
),

mended AS (
    SELECT
        line,
        list(struct_pack(mend := mend, "column" := "column", text := text)) AS mends
    FROM mend
    GROUP BY line
)

SELECT
    raw.line,
    outcome,
    patient_id,
    coalesce({key}, '') AS key,
    coalesce({name}, '') AS name,
    lower(strip_accents({sort_name})) AS sort_name,
    codes,
    coalesce(warns, false) AS warns,
    changes,
    mends,
    surplus,
    {cells}
FROM raw
INNER JOIN (SELECT * REPLACE (line::INTEGER AS line) FROM ledger_row) AS ledger_row USING (line)
LEFT JOIN issue USING (line)
LEFT JOIN row_change USING (line)
LEFT JOIN mended USING (line)
ORDER BY line

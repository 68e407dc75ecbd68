-- Of several findings about one value the first counts; notices about the cell as given are
-- dropped where the value was refused anyway.
CREATE OR REPLACE TEMP TABLE cell_issue AS
WITH finding AS (
    SELECT findings.line, terms.*
    FROM findings
    JOIN terms USING ("column", clause)
    QUALIFY
        terms.subject <> 'value'
        OR row_number() OVER (
            PARTITION BY findings.line, terms.slot, terms.subject ORDER BY terms.place
        ) = 1
)

SELECT
    finding.line,
    finding.place,
    finding.code,
    finding.severity,
    finding.slot,
    finding.header AS column_name,
    replace(
        replace(finding.template, '{value}', coalesce(shown(broken_cell.value), '')),
        '{allowed}',
        coalesce(
            (
                SELECT arg_min(level, levenshtein(lower(level), lower(broken_cell.value)))
                FROM risk_levels
            ),
            ''
        )
    ) AS message
FROM finding
LEFT JOIN broken_cell
    ON finding.line = broken_cell.line AND finding."column" = broken_cell."column"
WHERE
    NOT (
        finding.subject = 'given'
        AND finding.severity <> 'error'
        AND EXISTS (
            SELECT 1
            FROM finding AS refusal
            WHERE
                refusal.line = finding.line
                AND refusal.slot = finding.slot
                AND refusal.subject = 'value'
        )
    )

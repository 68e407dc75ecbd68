-- The column has dates with the day first; one with the month first would say that those are slips.
UPDATE normalised
SET {slot} = {cell}
FROM raw
WHERE
    raw.line = normalised.line
    AND regexp_matches({cell}, $either_first)
    AND regexp_extract({cell}, $either_first, 1)::INTEGER
    <> regexp_extract({cell}, $either_first, 2)::INTEGER
    AND NOT EXISTS (
        SELECT 1
        FROM raw
        WHERE regexp_matches({cell}, $month_first)
    )

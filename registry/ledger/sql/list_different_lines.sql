-- Those come last that any repetition has: created or updated before, unchanged now.
SELECT different_line.* FROM {different_lines} AS different_line
ORDER BY
    coalesce(
        first_outcome IN ('created', 'updated')
        AND second_outcome = 'unchanged'
        AND first_patient = second_patient,
        FALSE
    ),
    line
LIMIT %(limit)s

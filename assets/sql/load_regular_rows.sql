CREATE OR REPLACE TABLE raw AS
SELECT
    (row_number() OVER () + {before})::INTEGER AS line,
    {width}::INTEGER AS fields,
    *
FROM
    read_csv(
        $path,
        columns = {columns},
        delim = $delimiter,
        quote = '"',
        escape = '"',
        header = false,
        skip = {before},
        auto_detect = false,
        strict_mode = true,
        null_padding = false,
        parallel = false
    ),
    (
        SELECT
            null::VARCHAR[] AS surplus,
            null::INTEGER[] AS plain,
            null::INTEGER[] AS doubtful
    ) AS nothing_odd

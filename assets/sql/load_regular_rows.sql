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
            NULL::VARCHAR [] AS surplus,
            NULL::INTEGER [] AS plain,
            NULL::INTEGER [] AS doubtful
    )

CREATE OR REPLACE TABLE raw AS
SELECT
    (row_number() OVER () + 1)::INTEGER AS line,
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
        skip = 1,
        auto_detect = false,
        strict_mode = true,
        null_padding = false,
        parallel = false
    ),
    (SELECT null::VARCHAR[] AS surplus) AS no_surplus

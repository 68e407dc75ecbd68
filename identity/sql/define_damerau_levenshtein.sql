-- sqlfluff:dialect:sparksql
-- Keystrokes between two texts as DuckDB counts them: by the bytes of UTF-8.
CREATE OR REPLACE TEMPORARY FUNCTION damerau_levenshtein (one STRING, other STRING)
RETURNS DOUBLE
RETURN splink_damerau_levenshtein(
    decode(encode(one, 'UTF-8'), 'ISO-8859-1'), decode(encode(other, 'UTF-8'), 'ISO-8859-1')
)

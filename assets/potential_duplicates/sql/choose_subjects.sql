CREATE OR REPLACE TEMP TABLE subject AS
SELECT number
FROM searched_number
WHERE place >= $first AND place < $last

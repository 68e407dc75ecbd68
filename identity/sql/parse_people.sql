-- noqa: disable=LT02
CREATE OR REPLACE TEMP TABLE parsed_person AS
WITH worded AS (
    SELECT
        *,
        name_words(first_name) AS first_words,
        name_words(last_name) AS last_words
    FROM {person}
),

sorted AS (
    SELECT
        *,
        coalesce(
            list_extract(list_filter(last_words[2:], LAMBDA word: word IN $suffix_words), 1),
            list_extract(list_filter(first_words[2:], LAMBDA word: word IN $suffix_words), 1)
        ) AS suffix_word,
        list_concat(
            first_words[1:1],
            list_filter(
                first_words[2:],
                LAMBDA word: NOT (word IN $suffix_words OR word IN $degrees))
        ) AS given_words,
        list_concat(
            last_words[1:1],
            list_filter(
                last_words[2:],
                LAMBDA word: NOT (word IN $suffix_words OR word IN $degrees))
        ) AS family_words
    FROM worded
)

SELECT
    * EXCLUDE (first_words, last_words, suffix_word, given_words, family_words),
    CASE
        WHEN regexp_full_match(array_to_string(given_words, ''), $no_first_name) THEN NULL
        WHEN len(given_words) > 1 AND given_words[1] IN $titles THEN given_words[2:]
        WHEN len(given_words) > 0 THEN given_words
    END AS first_words,
    CASE
        WHEN regexp_full_match(array_to_string(family_words, ''), $no_last_name) THEN NULL
        WHEN len(family_words) > 0 THEN family_words
    END AS last_words,
    list_extract($suffixes, list_position($suffix_words, suffix_word)) AS suffix
FROM sorted

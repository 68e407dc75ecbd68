CREATE OR REPLACE TEMP TABLE chosen_key AS
SELECT
    subject_key.number,
    subject_key.rule,
    subject_key.key,
    sum(key_holders.holders - 1) OVER (
        PARTITION BY subject_key.number
        ORDER BY key_holders.holders, subject_key.rule, subject_key.key
    ) <= $most AS is_chosen
FROM subject_key
JOIN key_holders ON subject_key.key = key_holders.key

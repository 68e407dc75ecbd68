-- The patients of a pair, each with all who were merged into them: a judgement about one of those
-- is one about them.
CREATE TEMPORARY TABLE judged_pair ON COMMIT DROP AS
WITH RECURSIVE member AS (
    SELECT
        named.patient_id,
        named.patient_id AS part_id
    FROM (
        SELECT patient_id FROM scored_pair
        UNION
        SELECT other_patient_id FROM scored_pair
    ) AS named
    UNION
    SELECT
        member.patient_id,
        review.patient_id AS part_id
    FROM member
    JOIN review ON member.part_id = review.other_patient_id AND review.state = 'same'
),

named_pair AS (
    SELECT
        scored_pair.patient_id,
        scored_pair.other_patient_id,
        one.part_id AS one_id,
        other.part_id AS other_id
    FROM scored_pair
    JOIN member AS one ON scored_pair.patient_id = one.patient_id
    JOIN member AS other ON scored_pair.other_patient_id = other.patient_id
)

SELECT DISTINCT
    named_pair.patient_id,
    named_pair.other_patient_id
FROM named_pair
JOIN review
    ON (
        (named_pair.one_id = review.patient_id AND named_pair.other_id = review.other_patient_id)
        OR (named_pair.one_id = review.other_patient_id AND named_pair.other_id = review.patient_id)
    )
WHERE review.state = 'different'

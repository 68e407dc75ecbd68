SELECT coalesce(relation.kind, 'others') AS kind, count(*) AS pairs
FROM judged
JOIN truth AS one ON judged.patient_id = one.patient_id
JOIN truth AS other ON judged.other_patient_id = other.patient_id
LEFT JOIN relation
    ON
        relation.person = least(one.person, other.person)
        AND relation.other_person = greatest(one.person, other.person)
WHERE NOT judged.is_same AND ({condition})
GROUP BY ALL
ORDER BY kind

"""Whom an id leads to: a merged patient's id leads to the patient who stayed.

A review that is `same` says who was merged into whom, until a split. Merges may follow one another
(C into B, B into A), so the way is walked to its end.
"""

from uuid import UUID

from psycopg import Connection

MERGED = """
merged AS (
    SELECT patient_id AS id, other_patient_id AS survivor FROM review r
    WHERE state = 'same' AND {condition}
    UNION ALL
    SELECT m.id, r.other_patient_id FROM merged m
    JOIN review r ON r.patient_id = m.survivor AND r.state = 'same'
), survivor AS (
    SELECT id, survivor FROM merged m
    WHERE NOT EXISTS (SELECT FROM review r WHERE r.patient_id = m.survivor AND r.state = 'same')
)
"""
"""Two parts of a `WITH RECURSIVE`: `survivor(id, survivor)` of the merged patients whom
`condition` over `review r` names."""


def survivor_of(connection: Connection, account_id: int, patient_id: UUID) -> UUID:
    """Whom this id of the account leads to: the patient themselves unless merged."""
    condition = "r.account_id = %s AND r.patient_id = %s"
    row = connection.execute(
        f"WITH RECURSIVE {MERGED.format(condition=condition)} SELECT survivor FROM survivor",
        (account_id, patient_id),
    ).fetchone()
    return row[0] if row else patient_id


def merged_into(connection: Connection, account_id: int, patient_id: UUID) -> list[UUID]:
    """Ids of those who were merged into this patient of the account, by whatever way."""
    rows = connection.execute(
        "WITH RECURSIVE former AS ("
        " SELECT patient_id FROM review"
        "  WHERE account_id = %(account)s AND other_patient_id = %(id)s AND state = 'same'"
        " UNION ALL SELECT r.patient_id FROM former f JOIN review r"
        "  ON r.other_patient_id = f.patient_id AND r.state = 'same'"
        ") SELECT patient_id FROM former ORDER BY patient_id",
        {"account": account_id, "id": patient_id},
    ).fetchall()
    return [each for (each,) in rows]


def read_aliases(
    connection: Connection, account_id: int, patient_id: UUID
) -> list[tuple[str, str]]:
    """(item, value) of identifiers that lead to the patient without being shown."""
    return connection.execute(
        "SELECT item, value FROM patient_alias WHERE account_id = %s AND patient_id = %s"
        " ORDER BY item, value",
        (account_id, patient_id),
    ).fetchall()

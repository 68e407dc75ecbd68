"""What goes along when a patient is merged: open pairs, aliases, document queries; and back.

A pair that names the merged patient is `moved`: the queue asks about the patient who stays
instead, unless it did so before. A split brings back what its merge moved.
"""

from uuid import UUID

from psycopg import Connection

from registry.decisions.change_sets import Decision


def move_pairs(connection: Connection, merge: Decision) -> None:
    """Ask the open pairs of the merged patient about the one who stays from now on."""
    for statement in (_ASK_INSTEAD, _MOVE):
        connection.execute(statement, _values(merge))


def bring_pairs_back(connection: Connection, merge_id: UUID) -> None:
    """Ask about the patient who came back again; to be called once they are there."""
    for statement in (_ASK_NO_MORE, _MOVE_BACK, _LEAVE_TO_ANOTHER):
        connection.execute(statement, {"merge": merge_id})


def hand_aliases_over(connection: Connection, merge: Decision) -> None:
    """Whatever led to the merged patient leads to the one who stays."""
    connection.execute(
        "UPDATE patient_alias SET patient_id = %(stays)s WHERE patient_id = %(goes)s",
        _values(merge),
    )


def keep_alias(connection: Connection, merge: Decision, address: str, value: str) -> None:
    """Keep an identifier that is not shown and leads to the one who stays."""
    connection.execute(
        "INSERT INTO patient_alias (account_id, item, value, patient_id, decision_id)"
        # A sender's own number need not be unique; it is no key of matching.
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (merge.account_id, address.split("/")[1], value, merge.patient_id, merge.id),
    )


def give_aliases_back(connection: Connection, split: Decision, merge_id: UUID) -> None:
    """Aliases that a merge made go; those that it handed over lead back again."""
    connection.execute("DELETE FROM patient_alias WHERE decision_id = %s", (merge_id,))
    connection.execute(_HAND_BACK, _values(split))


def hand_queries_over(connection: Connection, merge: Decision) -> None:
    """Document queries that wait for the merged patient ask about the one who stays.

    Where an import has one about each of the two, one is enough; the other ends by itself.
    """
    connection.execute(
        "UPDATE document_query q SET patient_id = %(stays)s"
        " WHERE q.patient_id = %(goes)s AND q.state = 'processing' AND q.claimed_at IS NULL"
        " AND NOT EXISTS (SELECT FROM document_query o WHERE o.import_id = q.import_id"
        "  AND o.attempt = q.attempt AND o.patient_id = %(stays)s)",
        _values(merge),
    )


def _values(decision: Decision) -> dict[str, object]:
    return {
        "decision": decision.id,
        "account": decision.account_id,
        "stays": decision.patient_id,
        "goes": decision.other_patient_id,
    }


# Of a pair of the merged patient's the third one; who was there first is told by ids, which are in
# the order of receipt.
_ASK_INSTEAD = """
INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt, line,
    state, created_at, asked_by)
SELECT greatest(third, %(stays)s), least(third, %(stays)s), account_id, reason, import_id, attempt,
    line, 'open', created_at, %(decision)s
FROM (
    SELECT r.*, CASE WHEN patient_id = %(goes)s THEN other_patient_id ELSE patient_id END AS third
    FROM review r
    WHERE account_id = %(account)s AND state = 'open' AND %(goes)s IN (patient_id, other_patient_id)
) o
WHERE third <> %(stays)s AND NOT EXISTS (
    SELECT FROM review k WHERE (k.patient_id, k.other_patient_id)
        IN ((o.third, %(stays)s), (%(stays)s, o.third))
)
ON CONFLICT DO NOTHING
"""

_MOVE = """
UPDATE review SET state = 'moved', closed_by = %(decision)s
WHERE account_id = %(account)s AND state = 'open' AND %(goes)s IN (patient_id, other_patient_id)
"""

_ASK_NO_MORE = "DELETE FROM review WHERE asked_by = %(merge)s AND state = 'open'"

_MOVE_BACK = """
UPDATE review r SET state = 'open', closed_by = NULL
WHERE r.closed_by = %(merge)s AND r.state = 'moved'
    AND EXISTS (SELECT FROM patient p WHERE p.id = r.patient_id)
    AND EXISTS (SELECT FROM patient p WHERE p.id = r.other_patient_id)
"""

# The third patient was merged meanwhile: that merge brings the pair back, once it is split.
_LEAVE_TO_ANOTHER = """
UPDATE review r SET closed_by = t.closed_by FROM review t
WHERE r.closed_by = %(merge)s AND r.state = 'moved' AND t.state = 'same'
    AND t.patient_id IN (r.patient_id, r.other_patient_id)
"""

_HAND_BACK = """
WITH RECURSIVE former AS (
    SELECT patient_id, closed_by FROM review WHERE other_patient_id = %(goes)s AND state = 'same'
    UNION ALL
    SELECT r.patient_id, r.closed_by FROM former f JOIN review r
        ON r.other_patient_id = f.patient_id AND r.state = 'same'
)
UPDATE patient_alias a SET patient_id = %(goes)s FROM former f
WHERE a.decision_id = f.closed_by
"""

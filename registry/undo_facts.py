"""Which values an undo puts back: worked out set-based, from the history and from what rows said.

Every change has its place in the order in which things were written. At one address:

    a ──▶ b ──▶ c      changes; each is by an import's attempt, a person, or an earlier undo
          ▲            a row that brought b when it was there already confirmed it

The value that holds is the one that was there when somebody who still stands last spoke, by a
change or by confirming: what was undone is passed over, and so is what undo itself wrote.
A patient by whom nobody stands any more loses all.
"""

from psycopg import Connection

from registry.change_sets import ITEM, make_temporary
from registry.standing import ITEM_HASH
from schemas.canonical import CONFIRMABLE, MATCHING_SYSTEMS, SCALARS

_REQUIRED = [scalar.name for scalar in SCALARS if scalar.required]
_UNIQUE = [f"identifier/{system}/value" for system in MATCHING_SYSTEMS]


def find_values(connection: Connection, account_id: int, import_id: object, attempt: int) -> int:
    """Fill `fact_change` with what undoing an import's attempts up to `attempt` puts back.

    Returns:
        How many values that the import brought stay, because others stand by them, because a
        patient must have them, or because an identifier is another patient's now.
    """
    about = {"account": account_id, "import": import_id, "attempt": attempt}
    make_temporary(connection, "named", _NAMED, about)
    make_temporary(connection, "moment", _MOMENT, about)
    make_temporary(connection, "touched", _TOUCHED, about)
    connection.execute("ALTER TABLE touched ADD PRIMARY KEY (patient_id)")
    make_temporary(connection, "candidate", _CANDIDATE)
    make_temporary(connection, "told", _TOLD)
    make_temporary(connection, "confirmed", _CONFIRMED, _bits())
    make_temporary(connection, "held", _HELD)
    make_temporary(connection, "put_back", _PUT_BACK)
    kept = connection.execute(_COUNT_KEPT).fetchall()[0][0]
    kept += connection.execute(_KEEP_REQUIRED, {"required": _REQUIRED}).rowcount
    kept += _keep_taken_over(connection, account_id)
    connection.execute("INSERT INTO fact_change SELECT patient_id, address, old, new FROM put_back")
    connection.execute(_OF_REMOVED)
    return int(kept)


def _bits() -> dict[str, object]:
    addresses = ["/".join(filter(None, address)) for address in CONFIRMABLE]
    return {"addresses": addresses, "bits": [1 << place for place in range(len(addresses))]}


def _keep_taken_over(connection: Connection, account_id: int) -> int:
    """Leave identifiers whose old value is another patient's now; leaving one may block another."""
    about = {"account": account_id, "unique": _UNIQUE}
    kept = connection.execute(_KEEP_RIVALS, about).rowcount
    while found := connection.execute(_KEEP_TAKEN_OVER, about).rowcount:
        kept += found
    return kept


# Patients whom rows of the attempts name and who are still there.
_NAMED = """
SELECT DISTINCT r.patient_id FROM import_row r JOIN patient p ON p.id = r.patient_id
WHERE r.import_id = %(import)s AND r.attempt <= %(attempt)s AND p.account_id = %(account)s
    AND NOT EXISTS (SELECT FROM undone_attempt u
        WHERE u.import_id = r.import_id AND u.attempt = r.attempt)
"""

# Everything that wrote, in its order. `is_old`: from before rows said which items they repeated.
_MOMENT = """
SELECT import_id, attempt, stands, is_theirs, registry_version = 0 AS is_old,
    row_number() OVER (ORDER BY registry_version, received_at, import_id, attempt) AS place
FROM (
    SELECT a.import_id, a.number AS attempt, a.registry_version, i.received_at,
        NOT t.is_theirs AND u.attempt IS NULL AS stands,
        t.is_theirs AND u.attempt IS NULL AS is_theirs
    FROM import i JOIN attempt a ON a.import_id = i.id
    LEFT JOIN undone_attempt u ON u.import_id = a.import_id AND u.attempt = a.number,
    LATERAL (SELECT i.id = %(import)s AND a.number <= %(attempt)s AS is_theirs) t
    WHERE i.account_id = %(account)s AND NOT i.dry_run AND a.state IN ('applied', 'finished')
    UNION
    SELECT c.import_id, c.attempt, c.registry_version, c.received_at,
        d.kind IS DISTINCT FROM 'undo', false
    FROM named JOIN patient_change c USING (patient_id) LEFT JOIN decision d ON d.id = c.import_id
    WHERE c.attempt = 0
) m
"""

# A look-up for each of the few who have no standing change; a join might read all rows there are.
_TOUCHED = """
SELECT patient_id, since,
    has_change OR EXISTS (
        SELECT FROM decision d WHERE d.patient_id = c.patient_id AND d.kind <> 'undo'
    ) OR coalesce((
        SELECT true FROM import_row r JOIN moment m USING (import_id, attempt)
        WHERE r.patient_id = c.patient_id AND m.stands LIMIT 1
    ), false) AS is_held
FROM (
    SELECT patient_id, min(place) FILTER (WHERE NOT stands) AS since,
        coalesce(bool_or(stands), false) AS has_change
    FROM named JOIN patient_change USING (patient_id) JOIN moment USING (import_id, attempt)
    GROUP BY patient_id
) c
"""

_CANDIDATE = """
SELECT patient_id, e.key AS address, coalesce(max(place) FILTER (WHERE is_theirs), 0) AS theirs
FROM touched JOIN patient_change c USING (patient_id) JOIN moment m USING (import_id, attempt),
    LATERAL json_each(c.changes) e
WHERE is_held AND NOT stands
GROUP BY patient_id, e.key
"""

_TOLD = """
SELECT k.patient_id, k.address, place, line, stands, e.value ->> 1 AS value
FROM touched JOIN patient_change c USING (patient_id) JOIN moment m USING (import_id, attempt),
    LATERAL json_each(c.changes) e
JOIN candidate k ON k.address = e.key
WHERE is_held AND since IS NOT NULL AND k.patient_id = c.patient_id
"""

# Fields have a bit, items of lists a hash, as has a list that was cleared. From before there were
# hashes nothing is known, and a value that may have been repeated is not taken away.
_CONFIRMED = f"""
SELECT patient_id, address, max(place) AS place
FROM (
    SELECT r.patient_id, m.place, m.is_old, r.confirmed, r.confirmed_items
    FROM moment m JOIN import_row r USING (import_id, attempt)
    JOIN touched t ON t.patient_id = r.patient_id AND t.is_held AND t.since < m.place
    WHERE m.stands
) r
JOIN candidate k USING (patient_id)
LEFT JOIN unnest(%(addresses)s::text[], %(bits)s::bigint[]) AS b (address, bit) USING (address),
LATERAL (SELECT split_part(address, '/', 1) AS field, split_part(address, '/', -1) AS attribute) s
WHERE CASE
    WHEN b.bit IS NOT NULL THEN r.confirmed & b.bit <> 0
    WHEN r.is_old THEN true
    ELSE ARRAY[{ITEM_HASH.format("field", ITEM)}, {ITEM_HASH.format("field", "''")}]
        && r.confirmed_items
END
GROUP BY patient_id, address
"""

# When somebody who stands last spoke of an address.
_HELD = """
SELECT patient_id, address, k.theirs, greatest(t.place, c.place) AS place
FROM candidate k LEFT JOIN confirmed c USING (patient_id, address)
LEFT JOIN (
    SELECT patient_id, address, max(place) AS place FROM told WHERE stands
    GROUP BY patient_id, address
) t USING (patient_id, address)
"""

_PUT_BACK = """
SELECT patient_id, address, old, new, place FROM (
    SELECT h.patient_id, h.address, h.place,
        (array_agg(t.value ORDER BY t.place DESC, t.line DESC))[1] AS old,
        (array_agg(t.value ORDER BY t.place DESC, t.line DESC)
            FILTER (WHERE t.place <= h.place))[1] AS new
    FROM held h JOIN told t USING (patient_id, address)
    GROUP BY h.patient_id, h.address, h.place
) v WHERE old IS DISTINCT FROM new
"""

_COUNT_KEPT = "SELECT count(*) FROM held WHERE theirs > 0 AND place > theirs"

_KEEP_REQUIRED = """
DELETE FROM put_back WHERE address = ANY(%(required)s) AND new IS NULL
"""

# Of several who would get one identifier back, the one who was given it last does.
_KEEP_RIVALS = """
DELETE FROM put_back p USING (
    SELECT patient_id, address, row_number() OVER (
        PARTITION BY address, new ORDER BY place DESC, patient_id) AS rank
    FROM put_back WHERE address = ANY(%(unique)s) AND new IS NOT NULL
) r
WHERE r.rank > 1 AND p.patient_id = r.patient_id
    AND split_part(p.address, '/', 1) = 'identifier'
    AND split_part(p.address, '/', 2) = split_part(r.address, '/', 2)
"""

_KEEP_TAKEN_OVER = """
DELETE FROM put_back p USING (
    SELECT b.patient_id, split_part(b.address, '/', 2) AS item
    FROM put_back b
    LEFT JOIN patient_identifier i ON i.account_id = %(account)s AND i.value = b.new
        AND i.item = split_part(b.address, '/', 2) AND i.patient_id <> b.patient_id
    LEFT JOIN patient_alias a ON a.account_id = %(account)s AND a.value = b.new
        AND a.item = split_part(b.address, '/', 2) AND a.patient_id <> b.patient_id
    LEFT JOIN put_back o ON o.patient_id = i.patient_id AND o.address = b.address
    LEFT JOIN touched t ON t.patient_id = i.patient_id AND NOT t.is_held
    WHERE b.address = ANY(%(unique)s) AND b.new IS NOT NULL AND (
        a.patient_id IS NOT NULL
        OR i.patient_id IS NOT NULL AND o.patient_id IS NULL AND t.patient_id IS NULL)
) k
WHERE p.patient_id = k.patient_id AND split_part(p.address, '/', 1) = 'identifier'
    AND split_part(p.address, '/', 2) = k.item
"""

# Whom nobody holds goes with all that is known; mostly one change tells it all.
_OF_REMOVED = """
INSERT INTO fact_change (patient_id, address, old)
SELECT patient_id, address, value FROM (
    SELECT DISTINCT ON (c.patient_id, e.key) c.patient_id, e.key AS address, e.value ->> 1 AS value
    FROM touched JOIN patient_change c USING (patient_id) JOIN moment m USING (import_id, attempt),
        LATERAL json_each(c.changes) e
    WHERE NOT is_held
    ORDER BY c.patient_id, e.key, place DESC, line DESC
) v WHERE value IS NOT NULL
"""

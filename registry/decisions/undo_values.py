"""Which values an undo puts back: worked out set-based, from the history and from what rows said.

Every change has its place in the order in which things were written. At one address:

    a ──▶ b ──▶ c      changes; each is by an import's attempt, a person, or an earlier undo
          ▲            a row that brought b when it was there already confirmed it

The value that holds is the one that was there when somebody who still stands last spoke, by a
change or by confirming: what was undone is passed over, and so is what undo itself wrote, and a
merge that was split since.
A patient by whom nobody stands any more loses all.
"""

from collections.abc import Sequence
from uuid import UUID

from psycopg import Connection

from registry.decisions.change_sets import ITEM, make_temporary
from registry.patients.effective_changes import IN_FORCE, ITEM_HASH
from schemas.canonical import MATCHING_SYSTEMS, SCALARS, confirmed_masks

_REQUIRED = [scalar.name for scalar in SCALARS if scalar.required]
_UNIQUE = [f"identifier/{system}/value" for system in MATCHING_SYSTEMS]


def find_values(
    connection: Connection, account_id: int, import_id: UUID, attempts: Sequence[int]
) -> int:
    """Fill `fact_change` with what undoing these attempts of an import puts back.

    Returns:
        How many values that the import brought stay, because others stand by them, because a
        patient must have them, or because an identifier is another patient's now.
    """
    about = {"account": account_id, "import": import_id, "attempts": list(attempts)}
    connection.execute(_IN_MEMORY)
    make_temporary(connection, "named", _NAMED, about)
    make_temporary(connection, "moment", _MOMENT, about, key="import_id, attempt")
    make_temporary(connection, "touched", _TOUCHED, about, key="patient_id")
    make_temporary(connection, "told", _TOLD, key="patient_id")
    make_temporary(connection, "confirmed", _CONFIRMED, _bits())
    make_temporary(connection, "held", _HELD)
    kept = connection.execute(_COUNT_KEPT).fetchall()[0][0]
    make_temporary(connection, "put_back", _PUT_BACK)
    kept += connection.execute(_KEEP_REQUIRED, {"required": _REQUIRED}).rowcount
    kept += _keep_taken_over(connection, account_id)
    connection.execute("INSERT INTO fact_change SELECT patient_id, address, old, new FROM put_back")
    return int(kept)


def _bits() -> dict[str, object]:
    masks = confirmed_masks()
    return {"addresses": list(masks), "bits": list(masks.values())}


def _keep_taken_over(connection: Connection, account_id: int) -> int:
    """Leave identifiers whose old value is another patient's now; leaving one may block another."""
    about = {"account": account_id, "unique": _UNIQUE}
    kept = connection.execute(_KEEP_RIVALS, about).rowcount
    while found := connection.execute(_KEEP_TAKEN_OVER, about).rowcount:
        kept += found
    return kept


# A hundred thousand patients with a dozen values each are sorted and grouped; not on disk.
_IN_MEMORY = "SET LOCAL work_mem = '128MB'"

# Patients whom rows of the attempts name and who are still there. Here and below a look-up for each
# and no join: right after an import PostgreSQL has no figures of the rows, and joined them for
# minutes.
_NAMED = """
SELECT patient_id FROM (
    SELECT DISTINCT patient_id FROM import_row
    WHERE import_id = %(import)s AND attempt = ANY(%(attempts)s) AND patient_id IS NOT NULL
) n
WHERE (SELECT true FROM patient p WHERE p.id = n.patient_id AND p.account_id = %(account)s)
"""

_CHANGES_OF = (
    "CROSS JOIN LATERAL (SELECT * FROM patient_change c WHERE c.patient_id = {0}.patient_id"
    " OFFSET 0) c"
)

# Everything that wrote, in its order. `is_old`: from before rows said which items they repeated.
_MOMENT = f"""
SELECT import_id, attempt, stands, is_theirs, registry_version = 0 AS is_old,
    row_number() OVER (ORDER BY registry_version, received_at, import_id, attempt) AS place
FROM (
    SELECT a.import_id, a.number AS attempt, a.registry_version, i.received_at,
        NOT t.is_theirs AND u.attempt IS NULL AS stands, t.is_theirs
    FROM import i JOIN attempt a ON a.import_id = i.id
    LEFT JOIN undone_attempt u ON u.import_id = a.import_id AND u.attempt = a.number,
    LATERAL (SELECT i.id = %(import)s AND a.number = ANY(%(attempts)s) AS is_theirs) t
    WHERE i.account_id = %(account)s AND NOT i.dry_run AND a.state IN ('applied', 'finished')
    UNION
    SELECT c.import_id, c.attempt, c.registry_version, c.received_at,
        d.id IS NULL OR {IN_FORCE.format("d")}, false
    FROM named {_CHANGES_OF.format("named")} LEFT JOIN decision d ON d.id = c.import_id
    WHERE c.attempt = 0
) m
"""

_TOUCHED = f"""
SELECT patient_id, since,
    has_change OR EXISTS (
        SELECT FROM review r WHERE r.other_patient_id = c.patient_id AND r.state = 'same'
    ) OR coalesce((
        SELECT true FROM (
            SELECT import_id, attempt FROM import_row WHERE patient_id = c.patient_id OFFSET 0
        ) r JOIN moment m USING (import_id, attempt) WHERE m.stands LIMIT 1
    ), false) AS is_held
FROM (
    SELECT named.patient_id, min(place) FILTER (WHERE NOT stands) AS since,
        coalesce(bool_or(stands), false) AS has_change
    FROM named {_CHANGES_OF.format("named")} JOIN moment USING (import_id, attempt)
    GROUP BY named.patient_id
) c
"""

# The tale of each address that something changed which does not stand, in the order of writing.
_TOLD = f"""
SELECT touched.patient_id, e.key AS address,
    array_agg(e.value ->> 1 ORDER BY place, line) AS values,
    array_agg(place ORDER BY place, line) AS places,
    max(place) FILTER (WHERE stands) AS stood,
    max(place) FILTER (WHERE is_theirs) AS theirs
FROM touched {_CHANGES_OF.format("touched")} JOIN moment USING (import_id, attempt),
    LATERAL json_each(c.changes) e
WHERE since IS NOT NULL
GROUP BY touched.patient_id, e.key
HAVING NOT bool_and(stands)
"""

# Fields have a bit, items of lists a hash, as has a list that was cleared. From before there were
# hashes nothing is known, and a value that may have been repeated is not taken away.
_CONFIRMED = f"""
SELECT patient_id, address, max(r.place) AS confirmed_at
FROM (
    SELECT r.patient_id, m.place, m.is_old, r.confirmed, r.confirmed_items
    FROM moment m JOIN import_row r USING (import_id, attempt)
    JOIN touched t ON t.patient_id = r.patient_id AND t.is_held AND t.since < m.place
    WHERE m.stands
) r
JOIN told USING (patient_id)
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

# `place`: when somebody who stands last spoke of an address. Then `new` was its value.
_HELD = """
SELECT patient_id, address, place, theirs, values[cardinality(values)] AS old,
    values[width_bucket(place, places)] AS new
FROM told LEFT JOIN confirmed USING (patient_id, address),
    LATERAL (SELECT greatest(stood, confirmed_at) AS place) p
"""

_COUNT_KEPT = "SELECT count(*) FROM held WHERE place > theirs"

_PUT_BACK = "SELECT * FROM held WHERE old IS DISTINCT FROM new"

_KEEP_REQUIRED = """
DELETE FROM put_back p USING touched t
WHERE t.patient_id = p.patient_id AND t.is_held AND address = ANY(%(required)s) AND new IS NULL
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
    WHERE b.address = ANY(%(unique)s) AND b.new IS NOT NULL AND (
        a.patient_id IS NOT NULL
        OR i.patient_id IS NOT NULL AND o.patient_id IS NULL)
) k
WHERE p.patient_id = k.patient_id AND split_part(p.address, '/', 1) = 'identifier'
    AND split_part(p.address, '/', 2) = k.item
"""

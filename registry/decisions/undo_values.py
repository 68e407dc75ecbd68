"""Which values an undo restores: worked out in sets, from the history and from what rows carried.

A write is an attempt of an import, a change by a person, or a decision; it has a *place* in the
order of writing and a *receipt* in the order of receipt. Something asserts a value by a change, by
carrying the value that is there already, or by carrying one that a newer file keeps out. An address
gets the value that what is in effect asserted last, by receipt. Undone attempts, the undos
themselves and merges that were split since are not in effect.

    address/home/city of Maria, and what undoing b.csv makes of it:

    place 1      place 2       place 3                   last assertion     result
    a.csv        b.csv         c.csv                     in effect
    Rome         Oslo          -                         place 1            Rome again
    Rome         Oslo          carries Oslo, no change   place 3            Oslo is kept
    Rome         Oslo          changes Oslo to Bern      place 3            Bern is kept
    -            Oslo          -                         none               no city
    Rome         Oslo          late: Bern, refused       place 3            Bern

The last line is of a file that was received before b.csv and written after it.

A patient whom nothing in effect names any more loses all values, and is removed.

`find_values` makes one temporary table a step, each by the statement of `sql/` named beside it. To
look into an undo, run `preview_undo` in a transaction and read the tables before it ends.
"""

from collections.abc import Sequence
from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements
from registry.decisions.change_sets import REQUIRED
from registry.decisions.temporary_tables import make_temporary
from registry.ledger.archived_months import history_since, require_history
from schemas.canonical import MATCHING_SYSTEMS, confirmed_masks
from schemas.issues import KEPT_NEWER

_SQL = Statements(__file__)
_UNIQUE = [f"identifier/{system}/value" for system in MATCHING_SYSTEMS]


def find_values(
    connection: Connection, account_id: int, import_id: UUID, attempts: Sequence[int]
) -> int:
    """Fill `fact_change` with what undoing these attempts of an import restores.

    Raises:
        NotAllowed: a part of a patient's history was archived.

    Returns:
        How many values that the import brought are kept: because something else asserts them,
        because a patient must have them, or because an identifier is another patient's now.
    """
    about = {"account": account_id, "import": import_id, "attempts": list(attempts)}
    # A hundred thousand patients with a dozen values each are sorted and grouped. PostgreSQL would
    # do that on disk with the memory that it uses by default.
    connection.execute("SET LOCAL work_mem = '128MB'")
    _step(connection, "named_patient", "find_named_patients", about)
    _require_history(connection, account_id)
    _step(connection, "write_order", "order_writes", about, key="import_id, attempt")
    _step(connection, "refused_assertion", "find_refused_values", key="patient_id")
    _step(connection, "merged_value", "find_merged_values", key="patient_id")
    _step(connection, "affected_patient", "find_affected_patients", key="patient_id")
    _step(connection, "value_series", "collect_values", key="patient_id")
    _step(connection, "confirmation", "find_confirmations", _bits())
    _step(connection, "chosen_value", "choose_values")
    _step(connection, "value_to_restore", "find_values_to_restore")
    kept = _count_kept(connection) + _keep_required(connection)
    kept += _keep_identifiers(connection, account_id)
    connection.execute(
        "INSERT INTO fact_change SELECT patient_id, address, old, new FROM value_to_restore"
    )
    return kept


def _require_history(connection: Connection, account_id: int) -> None:
    """Refuse patients whose history begins later than they do: their values would be lost."""
    if history_since(connection, account_id) is not None:
        named = [each for (each,) in connection.execute("SELECT patient_id FROM named_patient")]
        require_history(connection, account_id, named)


def _step(
    connection: Connection,
    table: str,
    statement: str,
    values: dict[str, object] | None = None,
    *,
    key: str | None = None,
) -> None:
    make_temporary(connection, table, _SQL[statement], values, key=key)


def _bits() -> dict[str, object]:
    masks = confirmed_masks()
    return {
        "addresses": list(masks),
        "bits": list(masks.values()),
        "first_name": masks["first_name"],
        "kept_newer": KEPT_NEWER,
    }


def _count_kept(connection: Connection) -> int:
    """How many values of the import something in effect asserted after it."""
    statement = (
        "SELECT count(*) FROM chosen_value WHERE place > last_undone_place AND NOT was_refused"
    )
    return int(connection.execute(statement).fetchall()[0][0])


def _keep_required(connection: Connection) -> int:
    """Leave names, birth year and gender to patients who remain; returns how many values."""
    return connection.execute(_SQL["keep_required_values"], {"required": REQUIRED}).rowcount


def _keep_identifiers(connection: Connection, account_id: int) -> int:
    """Leave identifiers as they are where another patient has, or would get, the old value.

    In rounds: an identifier that is left to its patient may be one that a third patient wanted.

        Ada  E-2 → E-1      Ben has E-1 and is not changed: Ada keeps E-2    (round 1)
        Cleo E-3 → E-2      Ada keeps E-2, so Cleo keeps E-3                 (round 2)

    Returns:
        How many values are left as they are.
    """
    about = {"account": account_id, "addresses": _UNIQUE}
    kept = connection.execute(_SQL["keep_contested_identifiers"], about).rowcount
    while found := connection.execute(_SQL["keep_identifiers_taken_over"], about).rowcount:
        kept += found
    return kept

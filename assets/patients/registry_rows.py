"""The rows to be written, as polars frames whose columns are those of the registry's tables.

Tables that grow with the file come in batches, so that a large file takes no more memory than a
small one.
"""

from collections.abc import Iterator
from itertools import chain

import duckdb
import polars as pl

from assets.attempt_work import AttemptWork
from assets.matching.measures import read_measures
from assets.staging_database import read_in_batches, scalar
from registry.database.statements import Statements
from registry.ledger.imports import FILE_LINE
from schemas.canonical import IDENTIFIER, PARTS, SCALARS, Part

_SQL = Statements(__file__)


def has_stored_patients(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether any row is about a patient whom the registry had before."""
    query = "SELECT count(*) FROM (FROM matched_patient WHERE NOT is_new LIMIT 1)"
    return scalar(connection, query) > 0


def patient_rows(
    connection: duckdb.DuckDBPyConnection, account_id: int, *, are_new: bool
) -> Iterator[pl.DataFrame]:
    """Rows of table `patient` for new patients, or for stored ones with a changed scalar.

    In the order of their ids.
    """
    columns = ", ".join(
        f"max(value) FILTER (WHERE field = '{each.name}') AS {each.name}" for each in SCALARS
    )
    query = _SQL["list_patient_rows"].format(columns=columns, account=account_id, are_new=are_new)
    return read_in_batches(connection, query)


def told_patients(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """(id, told) of stored patients without a changed scalar, where `told` may be another."""
    return read_in_batches(connection, _SQL["list_told_patients"])


def written_parts(connection: duckdb.DuckDBPyConnection) -> list[Part]:
    """The parts of which anything is written or cleared."""
    found = connection.execute(
        "SELECT DISTINCT field::VARCHAR FROM final_fact WHERE attribute <> ''"
    )
    names = {name for (name,) in found.fetchall()}
    return [part for part in PARTS if part.name in names]


def touched_items(connection: duckdb.DuckDBPyConnection, part: str) -> Iterator[pl.DataFrame]:
    """(patient_id, item) of stored patients that are written anew or cleared."""
    return read_in_batches(connection, _SQL["list_touched_items"].format(part=part))


def part_rows(
    connection: duckdb.DuckDBPyConnection, part: Part, account_id: int
) -> Iterator[pl.DataFrame]:
    """Rows of a part's table, in the order in which the sender gave them."""
    columns = ", ".join(
        f"max(value) FILTER (WHERE attribute = '{name}') AS {name}" for name in part.attributes
    )
    query = _SQL["list_part_rows"].format(columns=columns, part=part.name)
    for frame in read_in_batches(connection, query):
        yield frame.with_columns(account_id=pl.lit(account_id)) if part is IDENTIFIER else frame


def changes(
    connection: duckdb.DuckDBPyConnection, work: AttemptWork, version: int
) -> Iterator[pl.DataFrame]:
    """Rows of `patient_change`; `version` is the account's once they are written."""
    for frame in read_in_batches(connection, _SQL["list_changes"]):
        yield _of_attempt(frame, work).with_columns(
            received_at=pl.lit(work.imported.received_at.isoformat()),
            registry_version=pl.lit(version),
        )


def refused_values(
    connection: duckdb.DuckDBPyConnection, work: AttemptWork
) -> Iterator[pl.DataFrame]:
    """Rows of `refused_value`; none unless newer files were imported before."""
    return (
        _of_attempt(frame, work)
        for frame in read_in_batches(connection, _SQL["list_refused_values"])
    )


def outcomes(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> Iterator[pl.DataFrame]:
    """Rows of `import_row`; a dry run names no patient that it would create."""
    query = _SQL["list_outcomes"].format(names_new_patients=not work.imported.dry_run)
    return (_of_attempt(frame, work) for frame in read_in_batches(connection, query))


def count_outcomes(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many rows have each outcome."""
    counted = connection.execute("SELECT outcome::VARCHAR, count(*) FROM outcome GROUP BY ALL")
    return dict(counted.fetchall())


def issues(connection: duckdb.DuckDBPyConnection, work: AttemptWork) -> Iterator[pl.DataFrame]:
    """Rows of `row_issue`: about the file, about its cells, then from matching."""
    of_file = pl.DataFrame(
        [
            (FILE_LINE, i, code, "info", None, None, text)
            for i, (code, text) in enumerate([*work.layout.notes, *_missing_note(connection)])
        ],
        schema={
            "line": pl.Int32,
            "ordinal": pl.Int16,
            "code": pl.String,
            "severity": pl.String,
            "column_name": pl.String,
            "slot": pl.String,
            "message": pl.String,
        },
        orient="row",
    )
    # Messages show cells and headers as they came, and PostgreSQL keeps no NUL in a text.
    shown = pl.col("column_name", "message").str.replace_all("\0", "\ufffd", literal=True)
    for frame in chain([of_file], read_in_batches(connection, _SQL["list_issues"])):
        yield _of_attempt(frame.with_columns(shown), work)


def _missing_note(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Who is missing from a whole list, as a note about the file."""
    found = read_measures(connection)
    if not found.missing:
        return
    who = "patient of this account is" if found.missing == 1 else "patients of this account are"
    said = f"{found.missing:,} {who} not in this file, which is the whole list; nobody was removed"
    if found.errored:
        rows = "row" if found.errored == 1 else "rows"
        said += f"; {found.errored:,} failed {rows} may be about some of them"
    yield "patients_missing", said


def pairs(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Pairs for the review queue."""
    return _frame(connection, "FROM review_pair ORDER BY line, other_patient_id")


def identity_questions(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Rows that share nothing but an identifier with their patient, for the review queue."""
    return _frame(connection, "FROM identity_question ORDER BY line")


def new_names(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """(field, folded, name) of departments and groups the account did not have."""
    return _frame(connection, "SELECT field, folded, name FROM unknown_name ORDER BY ALL")


def _frame(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    frame: pl.DataFrame = connection.sql(query).pl()
    return frame


def _of_attempt(frame: pl.DataFrame, work: AttemptWork) -> pl.DataFrame:
    return frame.with_columns(
        import_id=pl.lit(str(work.imported.id)), attempt=pl.lit(work.attempt.number)
    )

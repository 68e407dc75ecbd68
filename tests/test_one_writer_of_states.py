"""Only `registry/ledger/states.py` writes the states of imports and attempts.

Every SQL statement of the packages is looked at, in `.sql` files and in the strings of Python
files, whose parts are put together as far as they are written there.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_import_direction import MAY_IMPORT

PROJECT = Path(__file__).parent.parent

COUNTS = {"records", "created", "updated", "unchanged", "errored"}
OWNED = {
    "import": {"state", "reason", "claims"},
    "attempt": {"state", "fault_code", "reason", "finished_at", *COUNTS},
    "bulk_request": {"state"},
}
WRITERS = {
    "import": ("registry/ledger/states.py", "registry/ledger/sql/"),
    "attempt": ("registry/ledger/states.py", "registry/ledger/sql/"),
    "bulk_request": ("registry/requests/request_states.py",),
}

_TABLE = r'(?:public\.)?"?(?P<table>import|attempt|bulk_request)"?'
_UPDATE = re.compile(
    rf"\bUPDATE\s+(?:ONLY\s+)?{_TABLE}(?:\s+(?:AS\s+)?(?!SET\b)\w+)?\s+SET\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_INSERT = re.compile(
    rf"\bINSERT\s+INTO\s+{_TABLE}\b(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_MERGE = re.compile(
    rf"\bMERGE\s+INTO\s+(?:ONLY\s+)?{_TABLE}\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_DELETE = re.compile(rf"\bDELETE\s+FROM\s+(?:ONLY\s+)?{_TABLE}\b(?P<rest>)", re.IGNORECASE)
_ASSIGNED = re.compile(r'"?(\w+)"?\s*=(?!=)')
_END_OF_SET = re.compile(r"\b(?:WHERE|FROM|RETURNING)\b", re.IGNORECASE)


def written(statement: str) -> Iterator[tuple[str, set[str]]]:
    """Tables of ours that a piece of SQL writes, with the columns of each that are owned.

    Example:
        `UPDATE import SET state = 'failed', drop_name = NULL` gives `("import", {"state"})`.
    """
    for start in _starts(statement, "UPDATE"):
        if found := _UPDATE.match(statement, start):
            table = found["table"].lower()
            assignments = _END_OF_SET.split(_without_nested(found["rest"]))[0]
            # In a list, `SET (state, reason) = (...)`, each name counts.
            names = set(_ASSIGNED.findall(assignments)) | set(_names_of_lists(found["rest"]))
            yield table, names & OWNED[table]
    for start in _starts(statement, "INSERT"):
        if found := _INSERT.match(statement, start):
            yield from _inserted(found["table"].lower(), found["rest"])
    for kind, pattern in (("MERGE", _MERGE), ("DELETE", _DELETE)):
        for start in _starts(statement, kind):
            if found := pattern.match(statement, start):
                yield found["table"].lower(), OWNED[found["table"].lower()]


def _inserted(table: str, rest: str) -> Iterator[tuple[str, set[str]]]:
    columns = re.match(r"\s*\(([^)]*)\)", rest)
    named = set(re.findall(r"\w+", columns[1])) if columns else OWNED[table]
    conflict = re.search(r"\bDO\s+UPDATE\s+SET\b(.*)", rest, re.IGNORECASE | re.DOTALL)
    if conflict:
        named |= set(_ASSIGNED.findall(conflict[1]))
    # A new attempt is a move of its own, whatever columns are named.
    yield table, OWNED[table] if table == "attempt" else named & OWNED[table]


def _starts(statement: str, word: str) -> list[int]:
    return [found.start() for found in re.finditer(rf"\b{word}\b", statement, re.IGNORECASE)]


def _without_nested(text: str) -> str:
    """The text without the parts in parentheses, where a WHERE is another statement's."""
    while (shorter := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = shorter
    return text


def _names_of_lists(rest: str) -> list[str]:
    found = re.match(r"\s*\(([^)]*)\)\s*=", rest)
    return re.findall(r"\w+", found[1]) if found else []


def statements(source: str, file: str) -> Iterator[str]:
    """The SQL of a file: all of a `.sql` file, each string of a Python file."""
    if file.endswith(".sql"):
        yield re.sub(r"--[^\n]*", "", source)
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            yield _text(node)


def _text(node: ast.AST) -> str:
    """A string as far as the code says it; what is filled in becomes a question mark."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else "?"
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    return "?"


def faults(source: str, file: str) -> list[str]:
    """What a file writes and must not, each once, as lines to read in a failed test."""
    found = {
        f"{file} writes {table}.{column}"
        for statement in statements(source, file)
        for table, columns in written(statement)
        if not file.startswith(WRITERS[table])
        for column in columns
    }
    return sorted(found)


def writes_at_all(source: str) -> bool:
    """Whether a file is worth reading: it has a word that such a statement begins with."""
    return re.search(r"UPDATE|INSERT|MERGE|DELETE", source, re.IGNORECASE) is not None


def sources() -> Iterator[tuple[str, str]]:
    """Path and text of every file of the packages and marts that may hold SQL."""
    for package in (*MAY_IMPORT, "dbt"):
        for path in sorted((PROJECT / package).rglob("*")):
            if path.suffix in {".py", ".sql"} and writes_at_all(text := path.read_text()):
                yield path.relative_to(PROJECT).as_posix(), text


def test_nothing_else_writes_the_state_of_an_import_an_attempt_or_a_request():
    assert [fault for file, source in sources() for fault in faults(source, file)] == []


def test_the_statements_that_write_states_are_found_where_they_stand():
    tables = {
        (file, table)
        for file, source in sources()
        for statement in statements(source, file)
        for table, columns in written(statement)
        if columns
    }
    files = {file.rpartition("/")[2] for file, _ in tables}
    assert {"take_up.sql", "cancel_import.sql", "apply_attempt.sql", "insert_attempt.sql"} <= files
    assert {table for _, table in tables} == OWNED.keys()


def test_the_statements_of_states_are_run_by_their_owner_only():
    folder = PROJECT / "registry/ledger/sql"
    owned = {
        path.stem
        for path in folder.glob("*.sql")
        if any(columns for _, columns in written(path.read_text()))
    }
    users = {
        name: [
            path.name
            for path in (PROJECT / "registry/ledger").glob("*.py")
            if f'["{name}"]' in path.read_text()
        ]
        for name in owned
    }
    assert users == {name: ["states.py"] for name in owned}


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("assets/patients/apply.py", "f\"UPDATE attempt SET state = 'applied', {figures}\""),
        ("assets/patients/apply.py", "'UPDATE attempt ' + 'SET records = %s WHERE number = 1'"),
        ("gateway/portal/app.py", "q = ('UPDATE import'\n ' SET drop_name = NULL, reason = %s')"),
        ("registry/landing/sql/take.sql", "update import as i\nset claims = 1\nwhere i.id = 1"),
        ("registry/landing/sql/take.sql", "UPDATE ONLY public.import SET state = 'failed'"),
        ("registry/landing/receive.py", "'INSERT INTO import (id, state) VALUES (1, 2)'"),
        ("registry/landing/receive.py", "'INSERT INTO import VALUES (1, 2)'"),
        (
            "registry/landing/receive.py",
            "'INSERT INTO import (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET claims = 0'",
        ),
        ("registry/decisions/undo.py", "'INSERT INTO attempt (import_id, number) VALUES (1, 2)'"),
        ("registry/decisions/undo.py", "'DELETE FROM attempt WHERE import_id = %s'"),
        ("registry/decisions/sql/undo.sql", "UPDATE import SET (state, reason) = ('failed', 'x')"),
        (
            "registry/decisions/sql/undo.sql",
            "WITH gone AS (DELETE FROM patient RETURNING id) UPDATE attempt SET fault_code = 'x'",
        ),
        (
            "registry/decisions/sql/undo.sql",
            "UPDATE attempt SET run_id = (SELECT 1 FROM gone WHERE true), finished_at = now()",
        ),
        ("registry/requests/bulk_requests.py", "\"UPDATE bulk_request SET state = 'received'\""),
        ("registry/ledger/claims.py", "'UPDATE import SET claims = claims + 1'"),
        (
            "registry/ledger/sql/claim.sql",
            "UPDATE bulk_request SET state = 'expired' WHERE id = %(id)s",
        ),
    ],
)
def test_a_further_writer_is_found(file, source):
    assert faults(source, file)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("registry/ledger/sql/claim.sql", "UPDATE import SET state = 'processing'"),
        ("registry/ledger/states.py", "'UPDATE attempt SET run_id = %s, state = %s'"),
        ("registry/requests/request_states.py", "'UPDATE bulk_request SET state = %s'"),
        ("registry/landing/drop_folder.py", "'UPDATE import SET drop_name = NULL WHERE id = %s'"),
        ("registry/landing/drop_folder.py", "'UPDATE import SET drop_name = %s WHERE state = %s'"),
        ("registry/landing/receive.py", "'INSERT INTO import (id, format) VALUES (%s, %s)'"),
        ("registry/webhooks/outbox.py", "\"UPDATE webhook_message SET state = 'failed'\""),
        (
            "registry/ledger/progress.py",
            "'INSERT INTO attempt_stage (attempt, records) VALUES (1)'",
        ),
        ("registry/documents/plans.py", "'SELECT state FROM import WHERE state = %s FOR UPDATE'"),
        ("registry/decisions/sql/undo.sql", "-- UPDATE import SET state = 'failed'\nSELECT 1"),
    ],
)
def test_other_statements_pass(file, source):
    assert faults(source, file) == []

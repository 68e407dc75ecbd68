"""SQL statements in files: `sql/<name>.sql` beside the module that runs them.

A file holds one statement and is named for what it does. The caller binds its parameters:
`%(name)s` for PostgreSQL, `$name` for DuckDB. What cannot be bound, such as a list of columns, is
written `{name}` and filled in from declarations (`schemas/`, `registry/tables/`), never from data:

    statements = Statements(__file__)
    connection.execute(statements["list_imports"].format(columns=IMPORT_COLUMNS), {"limit": 10})
"""

from collections.abc import Iterator, Mapping
from pathlib import Path


class Statements(Mapping[str, str]):
    """The statements of one folder by name; a file is read when it is first asked for.

    Raises:
        KeyError: there is no file of that name.
    """

    def __init__(self, module_file: str) -> None:
        self._folder = Path(module_file).parent / "sql"
        self._read: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._read:
            path = self._folder / f"{name}.sql"
            if not path.is_file():
                raise KeyError(f"there is no statement {path}")
            self._read[name] = path.read_text(encoding="utf-8").strip().removesuffix(";")
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return (path.stem for path in sorted(self._folder.glob("*.sql")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

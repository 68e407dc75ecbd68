"""pandas reads, pandera checks, SQLAlchemy's session finds and writes one row after the other.

As one would write it in an afternoon. The checks are five of the rules that a roster has; a row
that breaks one is left out. `URL` is that of psycopg.
"""

import csv
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from sqlalchemy import Engine, Text, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.compare.loads import TABLE, Steps

_RULES = {
    "first": pa.Column(str, pa.Check.str_length(1, 100)),
    "last": pa.Column(str, pa.Check.str_length(1, 100)),
    "birth": pa.Column(str, pa.Check.str_matches(r"^\d{4}-\d\d-\d\d$")),
    "gender": pa.Column(str, pa.Check.isin(["M", "F", "O", "U"])),
    "zip": pa.Column(str, pa.Check.str_matches(r"^\d{5}$"), nullable=True),
}
_MEANING = {
    "first name": "first", "firstname": "first", "last name": "last", "lastname": "last",
    "dob": "birth", "patient birthday": "birth", "gender": "gender", "patient gender": "gender",
    "patient first name": "first", "patient last name": "last", "zip-1": "zip", "zip code": "zip",
}  # fmt: skip


class Base(DeclarativeBase):
    """Of the one class that follows from the file's header."""


def patient_class(columns: list[str], key: str) -> Any:  # noqa: ANN401 - made at run time
    """A class with an attribute `c0`, `c1` … for each column."""
    fields = {
        f"c{number}": mapped_column(name, Text, primary_key=name == key)
        for number, name in enumerate(columns)
    }
    hints = dict.fromkeys(fields, Mapped[str | None])
    return type("Patient", (Base,), {"__tablename__": TABLE, "__annotations__": hints, **fields})


def checked(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that break no rule."""
    rules = {}
    for name in frame.columns:
        meaning = _MEANING.get(name.lower().removesuffix(" *"))
        if meaning:
            rules[name] = _RULES[meaning]
    try:
        return pa.DataFrameSchema(rules).validate(frame, lazy=True)
    except SchemaErrors as errors:
        return frame.drop(errors.failure_cases["index"].dropna().unique())


def write(engine: Engine, frame: pd.DataFrame, key: str) -> None:
    """Add or change a patient for each row, and commit once."""
    columns = list(frame.columns)
    patient = patient_class(columns, key)
    Base.metadata.create_all(engine)
    names = [f"c{number}" for number in range(len(columns))]
    known = getattr(patient, f"c{columns.index(key)}")
    with Session(engine) as session:
        for row in frame.itertuples(index=False, name=None):
            values = dict(zip(names, row, strict=True))
            found = session.scalar(select(patient).where(known == values[known.key]))
            if found is None:
                session.add(patient(**values))
            else:
                for name, value in values.items():
                    setattr(found, name, value)
        session.commit()


def main(url: str, file: Path, key: str) -> None:
    """Load the file, in one transaction."""
    steps = Steps()
    with steps.timed("read"):
        with file.open(newline="") as opened:
            header = next(csv.reader(opened))
        frame = pd.read_csv(file, dtype=dict.fromkeys(header, "object"))
        frame = frame.astype(object).where(frame.notna(), None)
    with steps.timed("check"):
        frame = checked(frame)
    with steps.timed("write"):
        write(create_engine(url), frame, key)
    steps.tell()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])

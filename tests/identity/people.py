"""Patients for tests of matching, as `identity.features` reads them."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import polars as pl

from identity.features import PERSON_COLUMNS, make_features
from identity.model import Model, load_model
from identity.score import score_pairs

NOBODY: dict[str, Any] = {
    "first_name": "Maria",
    "last_name": "Kowalski",
    "birth_date": "1980-02-03",
    "birth_year": 1980,
    "gender": "F",
    "addresses": [],
    "phones": [],
    "emails": [],
    "identifiers": [],
    "policies": [],
}


def patient(number: int = 1, /, **values: Any) -> dict[str, Any]:
    """A patient with these values; a birth date brings its year."""
    made = NOBODY | values | {"patient_id": str(uuid.UUID(int=number))}
    if values.get("birth_date"):
        made["birth_year"] = int(values["birth_date"][:4])
    return made


def home(line1: str = "12 Oak Street", zip_code: str = "02139", city: str = "Cambridge") -> list:
    return [{"line1": line1, "line2": None, "city": city, "state": "MA", "postal_code": zip_code}]


def number(item: str, value: str) -> dict[str, str]:
    return {"item": f"ssn/{value}" if item == "ssn" else item, "value": value}


def features_of(
    connection: duckdb.DuckDBPyConnection, patients: Iterable[Mapping[str, Any]], table: str
) -> None:
    """Make a table of features of these patients."""
    connection.execute("DROP TABLE IF EXISTS person")
    columns = ", ".join(f"{name} {type_}" for name, type_ in PERSON_COLUMNS.items())
    connection.execute(f"CREATE TEMP TABLE person ({columns})")
    for each in patients:
        marks = ", ".join(f"${name}" for name in PERSON_COLUMNS)
        connection.execute(
            f"INSERT INTO person SELECT {marks}", {name: each[name] for name in PERSON_COLUMNS}
        )
    make_features(connection, "person", table)


def feature(column: str, **values: Any) -> Any:
    """One feature of one patient."""
    connection = duckdb.connect()
    features_of(connection, [patient(**values)], "features")
    [(value,)] = connection.execute(f"SELECT {column} FROM features").fetchall()
    return value


def scored(
    patients: Iterable[Mapping[str, Any]], model: Model | None = None, threshold: float = -60
) -> pl.DataFrame:
    """All pairs of these patients at or above the threshold."""
    connection = duckdb.connect()
    features_of(connection, patients, "features")
    score_pairs(connection, "features", "features", model or load_model(), threshold)
    return connection.sql("FROM scored_pair").pl()


def levels(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, str]:
    """The level of each comparison of two patients that a person would see."""
    [evidence] = scored([one, other])["evidence"].to_list()
    return {line["field"]: line["level"] for line in evidence}

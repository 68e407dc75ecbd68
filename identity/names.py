"""How names sound, and which names they are short for."""

from collections.abc import Iterable
from functools import cache

import duckdb
import pyarrow as pa

from identity.words import PARTICLES

_SHORTEST_PART = 3


def make_sounds(connection: duckdb.DuckDBPyConnection) -> None:
    """Create tables `first_sound` and `last_sound` for the distinct names of `parsed_person`."""
    firsts = _distinct(connection, "first_words[1]")
    _create(
        connection,
        "first_sound",
        {
            "name": pa.array(firsts, pa.string()),
            "sound": pa.array([sound(name) for name in firsts], pa.string()),
            "forms": pa.array([forms(name) for name in firsts], pa.list_(pa.string())),
        },
    )
    lasts = _distinct(connection, "array_to_string(last_words, ' ')")
    parts = [family_parts(name.split()) for name in lasts]
    _create(
        connection,
        "last_sound",
        {
            "name": pa.array(lasts, pa.string()),
            "sound": pa.array([sound(name.replace(" ", "")) for name in lasts], pa.string()),
            "parts": pa.array(parts, pa.list_(pa.string())),
            "sounds": pa.array(
                [
                    sorted({sound(part) for part in (name.replace(" ", ""), *own)})
                    for name, own in zip(lasts, parts, strict=True)
                ],
                pa.list_(pa.string()),
            ),
        },
    )


def _distinct(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    query = f"SELECT DISTINCT {name} AS name FROM parsed_person WHERE name IS NOT NULL"
    return [name for (name,) in connection.execute(query).fetchall()]


def _create(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, pa.Array]
) -> None:
    connection.register("sounds_to_copy", pa.table(columns))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM sounds_to_copy")
    connection.unregister("sounds_to_copy")


def sound(name: str) -> str:
    """The NYSIIS code of a folded name; a name that has none, such as 李, sounds like itself."""
    import jellyfish  # noqa: PLC0415

    return jellyfish.nysiis(name) or name


def forms(name: str) -> list[str]:
    """A folded first name and the names that it may be short for.

    Example:
        `["bill", "william"]` of `bill`
    """
    return sorted({name} | _nicknamer().canonicals_of(name))


@cache
def _nicknamer():  # type: ignore[no-untyped-def]  # noqa: ANN202
    from nicknames import NickNamer  # noqa: PLC0415

    return NickNamer()


def family_parts(name_words: Iterable[str]) -> list[str]:
    """The words of a last name that tell families apart.

    Example:
        `["cruz", "smith"]` of `de la cruz smith`
    """
    return sorted(
        {word for word in name_words if word not in PARTICLES and len(word) >= _SHORTEST_PART}
    )

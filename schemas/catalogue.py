"""The formats that Rosterline knows. A new format is a folder beside this file and a line here."""

from schemas import metriport, ptdirect, thoroughcare
from schemas.errors import NotFound
from schemas.formats import Format
from schemas.metriport.update import UPDATE

FORMATS: dict[str, Format] = {
    declared.FORMAT.name: declared.FORMAT for declared in (thoroughcare, metriport, ptdirect)
}

ALL_FORMATS = FORMATS | {UPDATE.name: UPDATE}
"""With those that only our own calls write."""


def get_format(name: str) -> Format:
    """The format called `name`.

    Raises:
        NotFound: there is no such format; the message lists the known ones.
    """
    if name not in ALL_FORMATS:
        raise NotFound(f"there is no format {name!r}; known formats: {', '.join(FORMATS)}")
    return ALL_FORMATS[name]

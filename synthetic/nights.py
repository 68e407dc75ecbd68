"""Three nights of a sender whose second file begins to break a rule, and a file that is no CSV.

docs/tasks/first-morning.md works through them. Few rows, so that a reader can follow each.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from synthetic.layouts import Format

_PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
# Columns: identifier, first name, last name, year of birth, gender, e-mail address, mobile phone.
_HARBOR = (
    """\
C-1001,Ada,Moore,1961,f,ada@one.example
C-1002,Ben,Jones,1950,m,ben@one.example
C-1003,Cleo,Lee,1972,f,cleo@one.example
""",
    """\
C-1001,Ada,Moore,1961,Female,ada@two.example
C-1002,Ben,Jones,1950,Male,ben@two.example,0012125550123
C-1003,Cleo,Lee,1972,f,cleo@two.example
""",
    """\
C-1001,Ada,Moore,1961,Female,ada@three.example
C-1002,Ben,Jones,1950,m,ben@three.example
C-1003,Cleo,Lee,1972,f,cleo@three.example
""",
)


@dataclass(frozen=True)
class NightFile:
    """A file that an account sends in the evening, so many nights ago; 1 is last night."""

    account: str
    format_name: Format
    nights_ago: int
    name: str
    content: bytes


def night_files() -> Iterator[NightFile]:
    """All files, in the order in which they are sent."""
    for place, rows in enumerate(_HARBOR):
        ago = len(_HARBOR) - place
        yield NightFile("harbor", "ptdirect", ago, f"night-{place + 1}.csv", rows.encode())
    yield NightFile("sunrise", "thoroughcare", 1, "roster.csv", _PDF)

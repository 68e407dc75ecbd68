"""What the right value of an input is, as a table of right values says it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.importing import Imported
from tests.schemas.clinic import Clinic, found_and_expected

FOLDER = Path(__file__).with_name("inputs")


def as_rows(lines: Iterable[int], outcome: str, codes: str = "") -> str:
    """The table of lines that all end alike."""
    return "line | outcome | codes\n" + "\n".join(f"{n} | {outcome} | {codes}" for n in lines)


@dataclass(frozen=True)
class Right:
    """The right value of a file; what is not said is not looked at.

    `fault` and `reason` are those of a file that fails as a whole: its code, and a piece of its
    reason. `rows` is a table as `told` reads it (`line | outcome | codes | says`), of all lines or
    `only_these_lines`; where `others` is given, all other lines have that outcome and no issue.
    `holds` is a table as `Clinic.holds` reads it, of the patients stored at the end.
    `after` are files that the same sender sent before, oldest first. `notes` are the codes of what
    is said about the file as a whole.
    """

    format_name: str = "thoroughcare"
    fault: str | None = None
    reason: str = ""
    rows: str = ""
    holds: str = ""
    notes: tuple[str, ...] | None = None
    only_these_lines: bool = False
    others: str = ""
    after: tuple[str, ...] = ()

    def check(self, clinic: Clinic, name: str) -> None:
        """Send the file, and what came before it; fail where anything is not as it should be."""
        for earlier in self.after:
            clinic.sends((FOLDER / earlier).read_bytes())
        sent = clinic.sends((FOLDER / name).read_bytes())
        if self.fault is None:
            self._check_rows(sent)
        else:
            assert (sent.imported.state, sent.attempt.fault_code) == ("failed", self.fault)
            assert self.reason in str(sent.attempt.reason)
            assert self.reason in sent.result
        if self.holds:
            found, wanted = clinic.holds(self.holds)
            assert found == wanted

    def _check_rows(self, sent: Imported) -> None:
        assert sent.imported.state == "completed", sent.attempt.reason
        if self.rows:
            found, wanted = found_and_expected(sent, self.rows)
            lines = {row["line"] for row in wanted}
            named = [row for row in found if row["line"] in lines]
            assert wanted == (named if self.only_these_lines or self.others else found)
        if self.others:
            rest = [row["line"] for row in found if row["line"] not in lines]
            assert {row["outcome"] for row in found if row["line"] in rest} == {self.others}
            assert [code for line in rest for code in sent.codes(int(line))] == []
        if self.notes is not None:
            assert tuple(sent.codes(0)) == self.notes

"""What a format is: columns, groups, facts, matching and result layout, as data.

Everything else follows from these declarations: the normalising SQL and the matching SQL
(`assets/`), the pandera contract (`schemas/contract.py`), the CSV template and the reference
page (`schemas/reference.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from schemas.kinds import Kind
from schemas.rules import Rule, Severity

Encoding = Literal["utf-8", "utf-16", "windows-1252"]
Outcome = Literal["created", "updated", "unchanged", "errored"]
_IDENTITY_FIELDS = ("first_name", "last_name", "birth_date", "birth_year", "identifier")
UNKNOWN_COLUMN = "another column"
"""What reports call every column that the format does not know: its header may be a patient's."""


@dataclass(frozen=True)
class Column:
    """One column a sender may use.

    `slot` names it in the staged table; `header` is the template's spelling, `synonyms` are
    further accepted ones. `severity` is that of an invalid value: `error` fails the row,
    `warning` leaves the value out. `messages` overrides rule messages by code. `partner` is a
    slot whose cell this one's reading depends on (`{partner}` in the kind's SQL).
    """

    slot: str
    header: str
    kind: Kind
    required: bool = False
    synonyms: tuple[str, ...] = ()
    severity: Severity = "warning"
    messages: Mapping[str, str] = field(default_factory=dict)
    in_template: bool = True
    suffix: str = ""
    partner: str | None = None
    note: str = ""
    sample: str = ""

    @property
    def example(self) -> str:
        """A good value, for templates and pages."""
        return self.sample or self.kind.example

    @property
    def label(self) -> str:
        """The header as messages name it, without the template's asterisk."""
        return self.header.removesuffix(" *")

    @property
    def headers(self) -> tuple[str, ...]:
        """All spellings, the template's first."""
        return (self.header, *self.synonyms)


@dataclass(frozen=True)
class Group:
    """Columns that only make sense together.

    Where any column of the group (or of `optional`) has a value, every one of `needs` must; a
    gap is reported on the gap's column with `rule`'s code and message. A group with a gap that
    is only a warning is left out whole.
    """

    name: str
    needs: tuple[str, ...]
    rule: Rule
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class AtLeastOne:
    """A row needs a value in at least one of these groups; judged on a column of its own."""

    slot: str
    groups: tuple[str, ...]
    rule: Rule


@dataclass(frozen=True)
class Fact:
    """Where a staged value lands in the canonical patient (`schemas/canonical.py`).

    `item` is a SQL expression over staged columns, `{element}` the element of a list column;
    `value` overrides the column itself. `vocabulary` values take the spelling that the account
    saw first. A list column's facts accumulate.
    """

    slot: str
    field: str
    attribute: str = ""
    item: str = "''"
    value: str | None = None
    vocabulary: bool = False


@dataclass(frozen=True)
class IdentifierMatch:
    """Match tier: the patient who holds this identifier in this account."""

    slot: str
    system: str


@dataclass(frozen=True)
class DemographicMatch:
    """Match tier: same folded first and last name, gender and birth date.

    With `zip_slots`, at least one zip must be common as well, or the stored patient has no
    address. `vetoed_by` lists identifier systems: a candidate whose identifier differs from the
    row's is another person.
    """

    zip_slots: tuple[str, ...] = ()
    vetoed_by: tuple[str, ...] = ()


MatchTier = IdentifierMatch | DemographicMatch


@dataclass(frozen=True)
class ResultLayout:
    """The sender's result file.

    `before` and `after` are our columns around the input's; each is a header and what it holds:
    one of `outcome`, `messages`, `errors`, `warnings`, `patient_id`, `action`, `line`, or
    `slot:<name>` for a staged column. `echo` says whether the input's columns come back between
    them. `words` spell the outcomes; `failed_has_ours` says whether the failed-rows file carries
    our columns too (their headers are ignored when it is sent again).
    """

    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    words: Mapping[str, str]
    echo: bool = True
    failed_has_ours: bool = True

    @property
    def own_headers(self) -> tuple[str, ...]:
        """The headers of our columns."""
        return tuple(header for header, _ in (*self.before, *self.after))


@dataclass(frozen=True)
class Format:
    """One sender-facing file format, complete.

    `dropped_in_headers` is a regex of the characters that header comparison ignores.
    `space_before_quotes` says that `a, "b, c"` has two fields (RFC 4180 alone would see three).
    `max_rows` counts non-blank data rows. `missing_column_fails_file` False means that each row
    fails with the missing column's message instead. `queries_documents` says that patients whom an
    import created or updated are searched for at the FHIR endpoint. `facility_slot` is the slot of
    a row's facility; where its cell is blank, the import's default facility is meant.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    facts: tuple[Fact, ...]
    match: tuple[MatchTier, ...]
    result: ResultLayout
    has_header: bool = True
    dropped_in_headers: str = r"[\W_]"
    encodings: tuple[Encoding, ...] = ("utf-8",)
    other_delimiters: bool = False
    space_before_quotes: bool = False
    max_rows: int | None = None
    missing_column_fails_file: bool = True
    queries_documents: bool = False
    facility_slot: str | None = None
    groups: tuple[Group, ...] = ()
    at_least_one: tuple[AtLeastOne, ...] = ()
    clear_marker: str | None = None
    long_row_message: str = "the row has {found} fields where the header has {expected}"
    extra_messages: Mapping[str, str] = field(default_factory=dict)
    notices: frozenset[str] = frozenset()

    def column(self, slot: str) -> Column:
        """The column called `slot`; StopIteration where there is none."""
        return next(column for column in self.columns if column.slot == slot)

    @property
    def identity_slots(self) -> frozenset[str]:
        """Slots that say who a patient is: names, birth and identifiers."""
        facts = [fact for fact in self.facts if fact.field in _IDENTITY_FIELDS]
        named = {name for fact in facts for name in re.findall(r"\w+", fact.value or fact.slot)}
        return frozenset(column.slot for column in self.columns if column.slot in named)

    @property
    def labels(self) -> dict[str, str]:
        """What reports call each column, by slot; an `AtLeastOne` is called by its slot."""
        labels = {column.slot: column.label for column in self.columns}
        return labels | {need.slot: need.slot for need in self.at_least_one}

    def label_of(self, slot: str | None) -> str:
        """What reports call a column; one without a slot is unknown to the format."""
        return self.labels.get(slot or "", UNKNOWN_COLUMN)

"""The declaration of a format: columns, groups, facts, matching and result layout, as data.

Everything else follows from these declarations: the normalising SQL and the matching SQL
(`assets/`), the pandera contract (`schemas/contract.py`), the CSV template and the reference
page (`schemas/reference.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from schemas.column_mapping import ColumnMapping
from schemas.kinds import Kind
from schemas.rules import Rule, Severity

Encoding = Literal["utf-8", "utf-16", "windows-1252"]
Outcome = Literal["created", "updated", "unchanged", "errored"]
_IDENTITY_FIELDS = ("first_name", "last_name", "birth_date", "birth_year", "identifier")
UNKNOWN_COLUMN = "another column"
"""The name in reports of a column that the format does not know. Its header is not shown, because
it may contain a patient's name."""


@dataclass(frozen=True)
class Column:
    """One column a sender may use.

    `slot` is its name in the staged table; `header` is the spelling in the template, `synonyms` are
    further accepted spellings; `loose_synonyms` (a bare `phone`) name the column only if no other
    header does. `severity` applies to an invalid value: `error` fails the row, `warning` leaves the
    value out. `messages` overrides messages of rules by code. `partner` is another slot whose cell
    the kind's SQL also reads (`{partner}`).
    """

    slot: str
    header: str
    kind: Kind
    required: bool = False
    synonyms: tuple[str, ...] = ()
    loose_synonyms: tuple[str, ...] = ()
    severity: Severity = "warning"
    messages: Mapping[str, str] = field(default_factory=dict)
    in_template: bool = True
    suffix: str = ""
    partner: str | None = None
    note: str = ""
    sample: str = ""

    @property
    def example(self) -> str:
        """A valid value, for templates and pages."""
        return self.sample or self.kind.example

    @property
    def label(self) -> str:
        """The header in messages, without the template's asterisk."""
        return self.header.removesuffix(" *")

    @property
    def headers(self) -> tuple[str, ...]:
        """All accepted spellings, the template's first."""
        return (self.header, *self.synonyms, *self.loose_synonyms)


@dataclass(frozen=True)
class Group:
    """Columns that only make sense together.

    If any column of `needs` or `optional` has a value, every column of `needs` must have one. A
    blank one is reported on its column with the code and message of `rule`. If that is only a
    warning, the values of the whole group are left out.

    `usable` maps slots to SQL conditions over `{slot}`: a value that does not meet it cannot make a
    group by itself. A group in which nothing else has a value is ignored.
    """

    name: str
    needs: tuple[str, ...]
    rule: Rule
    optional: tuple[str, ...] = ()
    usable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AtLeastOne:
    """A row needs a value in at least one of these groups; `slot` is a column for this rule."""

    slot: str
    groups: tuple[str, ...]
    rule: Rule


@dataclass(frozen=True)
class Fact:
    """The address in the canonical patient (`schemas/canonical.py`) of a staged value.

    `item` is a SQL expression over staged columns, in which `{element}` is the element of a list
    column. `value` is a SQL expression to use instead of the column. A `vocabulary` value is stored
    in the spelling that the account saw first. Facts of a list column accumulate. `needs` are slots
    without which a file has no such fact.
    """

    slot: str
    field: str
    attribute: str = ""
    item: str = "''"
    value: str | None = None
    vocabulary: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class IdentifierMatch:
    """Match tier: the patient with this identifier in this account."""

    slot: str
    system: str


@dataclass(frozen=True)
class DemographicMatch:
    """Match tier: same folded first and last name, gender and birth date.

    With `zip_slots`, row and patient must also share a zip, unless the stored patient has no
    address. `vetoed_by` lists identifier systems: a candidate with a different identifier in one of
    them is another person.
    """

    zip_slots: tuple[str, ...] = ()
    vetoed_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class PatientMatch:
    """Match tier: the patient with this id of ours; a row about nobody fails the file."""

    slot: str


MatchTier = IdentifierMatch | DemographicMatch | PatientMatch


@dataclass(frozen=True)
class ResultLayout:
    """The sender's result file.

    `before` and `after` are our columns around the input's. Each is a header and its content, one
    of `outcome`, `messages`, `errors`, `warnings`, `patient_id`, `action`, `line`, or `slot:<name>`
    for a staged column. With `echo`, the input's columns are between them. `words` maps outcomes to
    the words in the file. With `failed_has_ours`, the failed-rows file has our columns too (their
    headers are ignored when it is sent again).
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
    """One file format of senders.

    `dropped_in_headers` is a regex of characters that header comparison ignores. With
    `space_before_quotes`, `a, "b, c"` has two fields (by RFC 4180 it has three). `max_rows` counts
    non-blank data rows. If `missing_column_fails_file` is False, a missing required column fails
    each row with the column's message instead of the file. With `queries_documents`, the FHIR
    endpoint is queried for documents of patients that an import created or updated. `facility_slot`
    is the slot of a row's facility; a blank cell means the import's default facility. `cadence`
    is that of a new account for which none is named. `identity_change`
    says what becomes of a row that shares nothing but an identifier with its patient: with `error`
    it fails, with `warning` the patient becomes the row's person. `replaces` is the slot in which a
    row names the fields (`address`, `contact`, `identifier`) of which it states all items, so that
    others of the patient are removed. `mapping` is that of the account whose files are read, if
    it has one; a file whose own header fits is read without it.
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
    cadence: Literal["nightly", "on_arrival"] = "nightly"
    groups: tuple[Group, ...] = ()
    at_least_one: tuple[AtLeastOne, ...] = ()
    clear_marker: str | None = None
    long_row_message: str = "the row has {found} fields where the header has {expected}"
    extra_messages: Mapping[str, str] = field(default_factory=dict)
    notices: frozenset[str] = frozenset()
    identity_change: Severity = "warning"
    replaces: str | None = None
    mapping: ColumnMapping | None = None

    @property
    def expects_header(self) -> bool:
        """Whether a file may have a header: the format's own, or one that the mapping knows."""
        return self.has_header or (self.mapping is not None and not self.mapping.by_position)

    def without_mapping(self) -> "Format":
        """The format as it is declared."""
        return replace(self, mapping=None)

    def under_mapping(self) -> "Format":
        """The format of files that are read under the mapping: it says whether they have a header.

        The slots of a file without one are those of the mapping's columns.
        """
        by_position = self.mapping is not None and self.mapping.by_position
        return replace(self, has_header=not by_position)

    def column(self, slot: str) -> Column:
        """The column of this slot.

        Raises:
            StopIteration: there is no such column.
        """
        return next(column for column in self.columns if column.slot == slot)

    @property
    def identity_slots(self) -> frozenset[str]:
        """Slots that say who a patient is: names, birth and identifiers."""
        facts = [fact for fact in self.facts if fact.field in _IDENTITY_FIELDS]
        named = {name for fact in facts for name in re.findall(r"\w+", fact.value or fact.slot)}
        return frozenset(column.slot for column in self.columns if column.slot in named)

    @property
    def labels(self) -> dict[str, str]:
        """The name of each column in reports, by slot; the name of an `AtLeastOne` is its slot."""
        labels = {column.slot: column.label for column in self.columns}
        return labels | {need.slot: need.slot for need in self.at_least_one}

    def label_of(self, slot: str | None) -> str:
        """The name of a column in reports; a column without a slot is unknown to the format."""
        return self.labels.get(slot or "", UNKNOWN_COLUMN)

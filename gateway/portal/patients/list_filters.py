"""Which patients a page lists and in which order, as its address says; no value of a patient."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import TypeAdapter, ValidationError

from gateway.portal.languages import N_
from gateway.portal.refusals import Refused
from gateway.portal.source_labels import SOURCE_LABELS
from registry.patients.patient_lists import BY_A_PERSON, Sort, Wanted

MAX_TEXT = 200
DAYS = {"1": N_("Changed in the last day"), "7": N_("Changed in the last week"),
        "30": N_("Changed in the last month"), "365": N_("Changed in the last year")}  # fmt: skip
STATES = {"review": N_("Wait for a decision"), "opted_out": N_("Opted out of sharing"),
          "withdrawn": N_("Deleted over the API")}  # fmt: skip
SOURCES = {**SOURCE_LABELS, BY_A_PERSON: N_("By hand")}
COLUMNS: dict[Sort, str] = {"name": N_("Name"), "born": N_("Born"), "created": N_("Created"),
                            "changed": N_("Last change")}  # fmt: skip
"""What a list can be sorted by, with the heading of its column."""
_NEWEST_FIRST = ("created", "changed")


@dataclass(frozen=True)
class Filters:
    """The filters of a list; empty for all.

    `order` is `up` or `down`; empty for what is usual of the sort: the newest first, or A to Z.
    """

    group: Annotated[str, Query(max_length=MAX_TEXT)] = ""
    department: Annotated[str, Query(max_length=MAX_TEXT)] = ""
    facility: UUID | Literal[""] = ""
    cohort: UUID | Literal[""] = ""
    imported: Annotated[UUID | Literal[""], Query(alias="import")] = ""
    outcome: Literal["", "created", "updated"] = ""
    days: Literal["", "1", "7", "30", "365"] = ""
    source: Annotated[str, Query(max_length=MAX_TEXT)] = ""
    state: Literal["", "review", "opted_out", "withdrawn"] = ""
    sort: Sort = "created"
    order: Literal["", "up", "down"] = ""

    def wanted(self, at: datetime) -> Wanted:
        """The filters as the registry takes them."""
        return Wanted(
            group=self.group.strip(),
            department=self.department,
            facility=self.facility or None,
            cohort=self.cohort or None,
            import_id=self.imported or None,
            outcome=self.outcome,
            changed_since=at - timedelta(days=int(self.days)) if self.days else None,
            source=self.source,
            state=self.state or None,
        )

    @property
    def is_descending(self) -> bool:
        """Whether the list goes down."""
        return self.order == "down" if self.order else self.sort in _NEWEST_FIRST

    @property
    def chooses(self) -> bool:
        """Whether the list leaves patients out."""
        named = ("group", "department", "facility", "cohort", "imported", "days", "source", "state")
        return any(getattr(self, name) for name in named)

    @property
    def fields(self) -> dict[str, str]:
        """The filters by the names that an address has."""
        named = {("import" if name == "imported" else name): str(value)
                 for name, value in asdict(self).items() if value}  # fmt: skip
        if named["sort"] == "created":
            del named["sort"]
        return named

    def at(self, path: str, **more: str) -> str:
        """The address of a page that keeps the filters, with further parameters."""
        query = urlencode(self.fields | more)
        return f"{path}?{query}" if query else path

    def sorted_by(self, sort: Sort) -> "Filters":
        """The same list by another column; by its own, in the other direction.

        What changed last is only listed the newest first.
        """
        if sort != self.sort or sort == "changed":
            return replace(self, sort=sort, order="")
        return replace(self, order="up" if self.is_descending else "down")


Filtered = Annotated[Filters, Depends()]
_OF_FORM = TypeAdapter(Filters)
"""Reads a form by the names of an address; other fields of the form are passed over."""


def filters_of(form: Mapping[str, str]) -> Filters:
    """The filters that a form of the list's page carries along.

    Raises:
        Refused: no list has such filters.
    """
    try:
        return _OF_FORM.validate_python(dict(form))
    except ValidationError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "there is no such list of patients") from error

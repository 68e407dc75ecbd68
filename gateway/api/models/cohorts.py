"""Cohorts and their members."""

from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body, Text
from gateway.api.models.input import Cell, Input
from gateway.api.models.tags import tag_of
from registry.accounts.cohorts import COLORS, PURPOSES, Cohort

Color = Literal[COLORS]  # type: ignore[valid-type]
Purpose = Literal[PURPOSES]  # type: ignore[valid-type]


class Enabled(Body):
    """A kind of monitoring; there is none here."""

    enabled: Literal[False] = False


class Notified(Body):
    """A kind of monitoring that notifies; there is none here."""

    notifications: Literal[False] = False


class Scheduled(Body):
    """A kind of monitoring with a schedule; there is none here."""

    enabled: Literal[False] = False
    frequency: Literal["monthly"] = "monthly"


class NotifiedOnSchedule(Notified):
    """A kind of monitoring with a schedule that notifies; there is none here."""

    schedule: Scheduled = Scheduled()


class Monitoring(Body):
    """What is monitored: nothing."""

    adt: Enabled = Enabled()
    hie: Scheduled = Scheduled()
    pharmacy: NotifiedOnSchedule = NotifiedOnSchedule()
    laboratory: Notified = Notified()


class Settings(Body):
    """Settings of a cohort, as Metriport has them. Nothing is monitored here."""

    monitoring: Monitoring = Monitoring()


class _Given(Input):
    settings: Any = Field(None, description="Only settings that switch nothing on are taken.")
    e_tag: str | None = Field(None, description="Not read; the header `If-Match` is.")

    def wants_monitoring(self) -> bool:
        """Whether the settings switch anything on."""
        return _has_true(self.settings)


class NewCohort(_Given):
    """The cohort to add."""

    name: Text = Field(examples=["Diabetes"])
    description: Cell = ""
    color: Color = "white"
    purpose_of_use: Purpose = "treatment"


class CohortChanges(_Given):
    """The values to change; those that are left out stay."""

    name: Text | None = None
    description: Cell | None = None
    color: Color | None = None
    size: int | None = Field(None, description="Not read.")
    purpose_of_use: Purpose | None = Field(None, description="Not read.")

    def changes(self) -> dict[str, str]:
        """The values that were given."""
        given = {"name": self.name, "description": self.description, "color": self.color}
        return {name: value for name, value in given.items() if value is not None}


class CohortBody(Body):
    """A cohort; files refer to it by its id."""

    id: UUID
    e_tag: str = ""
    name: str = Field(examples=["Diabetes"])
    description: str
    color: str
    purpose_of_use: str
    settings: Settings = Settings()
    size: int = Field(description="How many patients are in it.", examples=[12])

    @classmethod
    def shown(cls, cohort: Cohort) -> Self:
        """The body of a cohort. Its members do not count for its tag."""
        body = cls.of(cohort, e_tag="", settings=Settings())
        return body.model_copy(update={"e_tag": tag_of(body, without={"size"})})


class Cohorts(Body):
    """Cohorts, by name."""

    cohorts: list[CohortBody]


class Members(Input):
    """Patients to add or to remove: those named, or all."""

    patient_ids: list[UUID] | None = Field(None, min_length=1)
    all_patients: bool | None = Field(None, description="True instead of `patientIds`.")

    def chosen(self) -> list[UUID] | None:
        """The patients named; None for all.

        Raises:
            ValueError: neither or both are given.
        """
        if bool(self.patient_ids) == bool(self.all_patients):
            raise ValueError("give either patientIds, or allPatients as true")
        return self.patient_ids


class MembersChanged(Body):
    """The cohort after patients were added or removed."""

    message: str = Field(examples=["2 patients were added"])
    cohort: CohortBody


class CohortIds(Input):
    """The cohorts to add a patient to."""

    cohort_ids: list[UUID] = Field(min_length=1)


class FacilityIds(Input):
    """The facilities that a patient shall have, and no others."""

    facility_ids: list[UUID] = Field(min_length=1)


def _has_true(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_true(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_true(each) for each in value)
    return value is True

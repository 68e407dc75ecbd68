"""Facilities and cohorts."""

from uuid import UUID

from pydantic import Field

from gateway.api.models.body import Body, Text


class NewNamed(Body):
    """The facility or cohort to add."""

    name: Text = Field(examples=["Main Street"])


class Named(Body):
    """A facility or a cohort; files refer to it by its id."""

    id: UUID
    name: str = Field(examples=["Main Street"])


class Facilities(Body):
    """All facilities of the account."""

    facilities: list[Named]


class Cohorts(Body):
    """All cohorts of the account."""

    cohorts: list[Named]

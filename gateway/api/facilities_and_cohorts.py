"""Facilities and cohorts, which files refer to by id."""

from fastapi import APIRouter

from gateway.api.context import Reader, Writer
from gateway.api.models.body import described
from gateway.api.models.facilities_and_cohorts import Cohorts, Facilities, Named, NewNamed
from gateway.api.threads import OneThread
from registry.accounts import accounts

router = APIRouter(prefix="/medical/v1", tags=["Facilities and cohorts"], route_class=OneThread)


@router.get("/facility", responses=described())
def list_facilities(caller: Reader) -> Facilities:
    """List the account's facilities, by name."""
    with caller.as_account() as (connection, account):
        found = accounts.list_facilities(connection, account)
    return Facilities(facilities=[Named.of(each) for each in found])


@router.post("/facility", responses=described(403, 409))
def add_facility(caller: Writer, added: NewNamed) -> Named:
    """Add a facility. Files name it by its id; rows that name none get the account's only one."""
    with caller.as_account() as (connection, account):
        return Named.of(accounts.add_facility(connection, account, added.name))


@router.get("/cohort", responses=described())
def list_cohorts(caller: Reader) -> Cohorts:
    """List the account's cohorts, by name."""
    with caller.as_account() as (connection, account):
        found = accounts.list_cohorts(connection, account)
    return Cohorts(cohorts=[Named.of(each) for each in found])


@router.post("/cohort", responses=described(403, 409))
def add_cohort(caller: Writer, added: NewNamed) -> Named:
    """Add a cohort. Files name it by its id to put patients into it."""
    with caller.as_account() as (connection, account):
        return Named.of(accounts.add_cohort(connection, account, added.name))

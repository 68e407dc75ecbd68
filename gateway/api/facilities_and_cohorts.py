"""Facilities and cohorts: what files refer to by id."""

from fastapi import APIRouter

from gateway.api.context import OneThread, Reader, Writer
from gateway.api.models import Cohorts, Facilities, Named, NewNamed, described
from registry.accounts import accounts

router = APIRouter(prefix="/medical/v1", tags=["Facilities and cohorts"], route_class=OneThread)


@router.get("/facility", responses=described())
def list_facilities(visitor: Reader) -> Facilities:
    """List the account's facilities, by name."""
    with visitor.within() as (connection, account):
        found = accounts.list_facilities(connection, account)
    return Facilities(facilities=[Named.of(each) for each in found])


@router.post("/facility", responses=described(403, 409))
def add_facility(visitor: Writer, added: NewNamed) -> Named:
    """Add a facility. Files name it by its id; the only one is that of rows that name none."""
    with visitor.within() as (connection, account):
        return Named.of(accounts.add_facility(connection, account, added.name))


@router.get("/cohort", responses=described())
def list_cohorts(visitor: Reader) -> Cohorts:
    """List the account's cohorts, by name."""
    with visitor.within() as (connection, account):
        found = accounts.list_cohorts(connection, account)
    return Cohorts(cohorts=[Named.of(each) for each in found])


@router.post("/cohort", responses=described(403, 409))
def add_cohort(visitor: Writer, added: NewNamed) -> Named:
    """Add a cohort. Files name it by its id to put patients into it."""
    with visitor.within() as (connection, account):
        return Named.of(accounts.add_cohort(connection, account, added.name))

"""Facilities and cohorts: what files refer to by id."""

from fastapi import APIRouter

from gateway.api.door import InDoor, Reader, Writer
from gateway.api.models import Cohorts, Facilities, Named, NewNamed, described
from registry import accounts
from registry.accounts import NamedId

router = APIRouter(prefix="/medical/v1", tags=["Facilities and cohorts"])


@router.get("/facility", responses=described())
def list_facilities(door: InDoor, caller: Reader) -> Facilities:
    """List the account's facilities, by name."""
    with door.within(caller.account.id) as connection:
        found = accounts.list_facilities(connection, caller.account)
    return Facilities(facilities=[_shown(each) for each in found])


@router.post("/facility", responses=described(403, 409))
def add_facility(door: InDoor, caller: Writer, added: NewNamed) -> Named:
    """Add a facility. Patients belong to at least one."""
    with door.within(caller.account.id) as connection:
        return _shown(accounts.add_facility(connection, caller.account, added.name))


@router.get("/cohort", responses=described())
def list_cohorts(door: InDoor, caller: Reader) -> Cohorts:
    """List the account's cohorts, by name."""
    with door.within(caller.account.id) as connection:
        found = accounts.list_cohorts(connection, caller.account)
    return Cohorts(cohorts=[_shown(each) for each in found])


@router.post("/cohort", responses=described(403, 409))
def add_cohort(door: InDoor, caller: Writer, added: NewNamed) -> Named:
    """Add a cohort. Files name it by its id to put patients into it."""
    with door.within(caller.account.id) as connection:
        return _shown(accounts.add_cohort(connection, caller.account, added.name))


def _shown(named: NamedId) -> Named:
    return Named(id=named.id, name=named.name)

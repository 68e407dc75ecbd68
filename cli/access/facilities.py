"""`rosterline facility add` and `set`: a facility with all that Metriport's SDK reads of it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import ValidationError

from cli import output
from cli.home import read_settings, registry
from gateway.api.models.facilities import NewFacility
from registry.accounts import facilities
from registry.accounts.accounts import get_account
from registry.accounts.facilities import Facility, FacilityValues
from schemas.errors import NotFound

Name = Annotated[str, typer.Argument(help="The facility's name.")]
Of = Annotated[str, typer.Option("--account", "-a", help="The account.")]
Npi = Annotated[str | None, typer.Option(help="National Provider Identifier, 10 digits.")]
Tin = Annotated[str | None, typer.Option(help="Tax identification number.")]
Line1 = Annotated[str | None, typer.Option("--address", help="Street and number.")]
Line2 = Annotated[str | None, typer.Option("--address-line2", help="Apartment, suite or floor.")]
City = Annotated[str | None, typer.Option(help="City.")]
State = Annotated[str | None, typer.Option(help="Code of a US state or territory.")]
Zip = Annotated[str | None, typer.Option("--zip", help="US zip code.")]


def add_facility(  # noqa: PLR0913 - the values of a facility
    name: Name,
    account: Of,
    *,
    npi: Npi = None,
    tin: Tin = None,
    address: Line1 = None,
    address_line2: Line2 = None,
    city: City = None,
    state: State = None,
    zip_code: Zip = None,
    as_json: output.Json = False,
) -> None:
    """Add a facility; files refer to it by its id.

    Metriport's SDK lists only facilities with an NPI and an address.
    """
    values = _values(name, npi, tin, _address(address, address_line2, city, state, zip_code))
    with registry(read_settings()) as connection:
        of = get_account(connection, account)
        added = facilities.add_facility(connection, of, values, datetime.now(UTC))
    _show(added, as_json=as_json)


def set_facility(  # noqa: PLR0913 - the values of a facility
    name: Name,
    account: Of,
    *,
    npi: Npi = None,
    tin: Tin = None,
    address: Line1 = None,
    address_line2: Line2 = None,
    city: City = None,
    state: State = None,
    zip_code: Zip = None,
    as_json: output.Json = False,
) -> None:
    """Complete a facility: what is given replaces what it had; what is left out stays.

    An address is given whole.
    """
    given = _values(name, npi, tin, _address(address, address_line2, city, state, zip_code))
    with registry(read_settings()) as connection:
        of = get_account(connection, account)
        known = {each.name: each for each in facilities.list_facilities(connection, of)}
        if name not in known:
            raise NotFound(f"account {account!r} has no facility {name!r}")
        now = known[name]
        values = FacilityValues(
            name, given.npi or now.npi, given.tin or now.tin, now.active,
            given.address or now.address,
        )  # fmt: skip
        changed = facilities.update_facility(connection, of, now.id, values)
    _show(changed, as_json=as_json)


def _address(
    line1: str | None, line2: str | None, city: str | None, state: str | None, zip_code: str | None
) -> dict[str, str] | None:
    given = {
        "addressLine1": line1,
        "addressLine2": line2,
        "city": city,
        "state": state,
        "zip": zip_code,
    }
    return {field: value for field, value in given.items() if value is not None} or None


def _values(
    name: str, npi: str | None, tin: str | None, address: dict[str, str] | None
) -> FacilityValues:
    """The values of a facility, by the rules of the API.

    Raises:
        typer.BadParameter: one of them is refused; it is named as the API names it.
    """
    stated = {"name": name, "npi": npi, "tin": tin, "address": address}
    try:
        return NewFacility.model_validate(stated).values()
    except ValidationError as error:
        faults = (
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        )
        raise typer.BadParameter("; ".join(faults)) from None


def _show(facility: Facility, *, as_json: bool) -> None:
    if as_json:
        output.say_json(asdict(facility))
        return
    shown = {
        "name": facility.name,
        "id": str(facility.id),
        "npi": facility.npi,
        "tin": facility.tin,
    }
    if facility.address is not None:
        shown["address"] = ", ".join(part for part in facility.address.values() if part)
    output.console.print(output.facts({key: text for key, text in shown.items() if text}))

"""What the columns of an account's own files mean, over the API."""

from http import HTTPStatus

from fastapi import APIRouter

from gateway.api.context import Reader, Writer, now
from gateway.api.models.body import described
from gateway.api.models.column_mappings import ColumnMappingBody, ColumnMappings, NewColumnMapping
from gateway.api.threads import OneThread
from registry.accounts import column_mappings
from registry.accounts.accounts import Account
from schemas.catalogue import FORMATS, get_format
from schemas.errors import NotFound
from schemas.formats import Format

PATH = "/medical/v1/column-mapping"

router = APIRouter(prefix=PATH, tags=["Column mappings"], route_class=OneThread)


@router.get("", responses=described(), response_model_exclude_none=True)
def list_column_mappings(caller: Reader) -> ColumnMappings:
    """List all versions of the account's mappings."""
    with caller.as_account() as (connection, account):
        found = column_mappings.list_mappings(connection, account)
    known = [each for each in found if each.format in FORMATS]
    return ColumnMappings.of_all(
        ColumnMappingBody.shown(each, get_format(each.format)) for each in known
    )


@router.post("", responses=described(403, 404, 409), response_model_exclude_none=True)
def save_column_mapping(caller: Writer, saved: NewColumnMapping) -> ColumnMappingBody:
    """Save columns as the next version, in use from now on. The same ones again change nothing.

    Files whose header fits the format are read without it.
    """
    with caller.as_account() as (connection, account):
        file_format = _format(account, saved.format)
        mapping = column_mappings.save_mapping(
            connection,
            account,
            file_format,
            saved.mapped(file_format),
            by_position=saved.by_position,
            user_name="API",
            now=now(),
        )
        caller.log(connection, "change", f"columns: {file_format.name}, version {mapping.version}")
        kept = column_mappings.list_mappings(connection, account)
    shown = next(each for each in kept if (each.format, each.in_use) == (file_format.name, True))
    return ColumnMappingBody.shown(shown, file_format)


@router.delete("/{name}", status_code=HTTPStatus.NO_CONTENT, responses=described(403, 404))
def stop_column_mapping(caller: Writer, name: str) -> None:
    """Read files of this format without a mapping from now on. Imports keep what they had."""
    with caller.as_account() as (connection, account):
        column_mappings.stop_using(
            connection, account, _format(account, name).name, user_name="API", now=now()
        )
        caller.log(connection, "change", f"columns: stop {name}")


def _format(account: Account, name: str | None) -> Format:
    """A format of files that senders make.

    Raises:
        NotFound: there is no such format.
    """
    name = name or account.format
    if name not in FORMATS:
        raise NotFound("there is no such format")
    return get_format(name)

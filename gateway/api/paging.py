"""Pages of long lists: at most so many items, and the call for those that follow."""

from collections.abc import Sequence
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query

from gateway.api.models import Page
from registry.patients.patients import Patient
from registry.requests.bulk_requests import BulkRequest

Count = Annotated[int, Query(ge=1, le=500, description="Most items on a page.")]
From = Annotated[UUID | None, Query(alias="fromItem", description="As `nextPage` has it.")]

Item = TypeVar("Item", BulkRequest, Patient)


def page(
    url: str, found: Sequence[Item], count: int, **asked: object
) -> tuple[Page, Sequence[Item]]:
    """The first `count` of the items found, and where in the list that is.

    Look for one more than asked for: it tells that others follow. `asked` are the parameters that
    the next call must repeat; those that are None were not given.
    """
    shown = found[:count]
    if len(found) <= count:
        return Page(items_on_page=len(shown)), shown
    given = {name: value for name, value in asked.items() if value is not None}
    query = urlencode({"count": count, **given, "fromItem": shown[-1].id})
    return Page(next_page=f"{url}?{query}", items_on_page=len(shown)), shown

"""Pages of long lists: some items, and the call for the next page."""

from collections.abc import Sequence
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query

from gateway.api.models.body import Page
from registry.patients.patients import Patient
from registry.requests.bulk_requests import BulkRequest

Count = Annotated[int, Query(ge=1, le=500, description="Most items on a page.")]
From = Annotated[UUID | None, Query(alias="fromItem", description="As `nextPage` has it.")]

Item = TypeVar("Item", BulkRequest, Patient)


def page(
    url: str, found: Sequence[Item], count: int, **asked: object
) -> tuple[Page, Sequence[Item]]:
    """One page: the first `count` of the items found, and the call for the next page.

        page("/patient", [first, second, third], 2, facilityId=None)
        → Page(next_page="/patient?count=2&fromItem=<id of second>", items_on_page=2),
          [first, second]

    Args:
        url: the call without parameters.
        found: the items of the page, and one more if there is a next page.
        count: how many items the page may have.
        asked: further parameters that the next call repeats; None for those that were not given.
    """
    shown = found[:count]
    if len(found) <= count:
        return Page(items_on_page=len(shown)), shown
    given = {name: value for name, value in asked.items() if value is not None}
    query = urlencode({"count": count, **given, "fromItem": shown[-1].id})
    return Page(next_page=f"{url}?{query}", items_on_page=len(shown)), shown

"""Pages of long lists: some items, and the calls for the pages before and after."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query

from gateway.api.models.body import Page
from gateway.api.problems import Refused
from registry.patients.patients import Patient
from registry.requests.bulk_requests import BulkRequest

Count = Annotated[int, Query(ge=1, le=500, description="Most items on a page.")]
From = Annotated[UUID | None, Query(alias="fromItem", description="As `nextPage` has it.")]
To = Annotated[UUID | None, Query(alias="toItem", description="As `prevPage` has it.")]

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
    is_last = len(found) <= count
    next_page = None if is_last else _call(url, count, asked, fromItem=shown[-1].id)
    return Page(next_page=next_page, items_on_page=len(shown)), shown


def page_both_ways(
    url: str,
    found: Sequence[Item],
    count: int,
    from_item: UUID | None,
    to_item: UUID | None,
    **asked: object,
) -> tuple[Page, Sequence[Item]]:
    """One page, with the calls for the next page and for the one before.

    Of a page that ends before `to_item`, the one item more that is found is the first one.

    Raises:
        Refused: both `from_item` and `to_item` are given.
    """
    if to_item is None:
        meta, shown = page(url, found, count, **asked)
        has_more_before = from_item is not None
    elif from_item is not None:
        raise Refused(HTTPStatus.BAD_REQUEST, "give either fromItem or toItem")
    else:
        shown, has_more_before = found[-count:], len(found) > count
        next_page = _call(url, count, asked, fromItem=shown[-1].id) if shown else None
        meta = Page(next_page=next_page, items_on_page=len(shown))
    if has_more_before and shown:
        before = _call(url, count, asked, toItem=shown[0].id)
        meta = meta.model_copy(update={"prev_page": before})
    return meta, shown


def _call(url: str, count: int, asked: dict[str, object], **place: UUID) -> str:
    given = {name: value for name, value in asked.items() if value is not None}
    return f"{url}?{urlencode({'count': count, **given, **place})}"

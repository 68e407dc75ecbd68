from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from gateway.api.paging import page

URL = "https://api.example.com/medical/v1/patient"


@dataclass(frozen=True)
class Item:
    id: UUID


ITEMS = [Item(UUID(int=number)) for number in range(1, 6)]


@pytest.mark.parametrize("found", [0, 1, 2])
def test_the_last_page_has_no_next_one(found):
    meta, shown = page(URL, ITEMS[:found], 2)
    assert shown == ITEMS[:found]
    assert (meta.next_page, meta.items_on_page) == (None, found)


def test_one_item_more_than_asked_for_means_a_next_page():
    meta, shown = page(URL, ITEMS[:3], 2)
    assert shown == ITEMS[:2]
    assert meta.items_on_page == 2
    assert meta.next_page == f"{URL}?count=2&fromItem={ITEMS[1].id}"


def test_parameters_are_repeated_and_those_that_were_not_given_are_not():
    facility = UUID(int=9)
    meta, _ = page(URL, ITEMS[:2], 1, facilityId=facility, name="a & b", other=None)
    assert parse_qs(urlsplit(meta.next_page).query) == {
        "count": ["1"],
        "facilityId": [str(facility)],
        "name": ["a & b"],
        "fromItem": [str(ITEMS[0].id)],
    }


def test_pages_that_follow_each_other_show_every_item_once():
    seen, start = [], 0
    while True:
        meta, shown = page(URL, ITEMS[start : start + 3], 2)
        seen += shown
        if meta.next_page is None:
            break
        (last,) = parse_qs(urlsplit(meta.next_page).query)["fromItem"]
        start = [str(item.id) for item in ITEMS].index(last) + 1
    assert seen == ITEMS

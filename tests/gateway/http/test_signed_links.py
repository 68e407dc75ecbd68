"""Signed links: what they name, until when, and what makes them invalid."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.http.signed_links import RESULT_LINK_TIME, Linked, Links
from schemas.errors import Expired, NotAllowed

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
REQUEST = UUID("01a218d1-fbff-782f-8def-127981ec8621")
LINKS = Links(b"a secret of thirty-two bytes ....", "https://rosters.test")
SECOND = timedelta(seconds=1)


def token_of(link: str) -> str:
    return link.rpartition("/")[2]


def test_an_upload_link_names_account_and_request_until_it_expires():
    link = LINKS.upload(7, REQUEST, NOW)
    assert link.startswith("https://rosters.test/upload/")
    assert LINKS.read_upload(token_of(link), NOW - SECOND) == Linked(7, REQUEST)
    with pytest.raises(Expired):
        LINKS.read_upload(token_of(link), NOW)


def test_a_result_link_is_valid_for_an_hour():
    link = LINKS.result(7, REQUEST, NOW)
    assert link.startswith("https://rosters.test/result/")
    assert LINKS.read_result(token_of(link), NOW + RESULT_LINK_TIME - SECOND) == Linked(7, REQUEST)
    with pytest.raises(Expired):
        LINKS.read_result(token_of(link), NOW + RESULT_LINK_TIME)


def test_a_token_is_valid_in_its_own_kind_of_link_only():
    upload = token_of(LINKS.upload(7, REQUEST, NOW + RESULT_LINK_TIME))
    result = token_of(LINKS.result(7, REQUEST, NOW))
    with pytest.raises(NotAllowed):
        LINKS.read_result(upload, NOW)
    with pytest.raises(NotAllowed):
        LINKS.read_upload(result, NOW)


def test_a_link_of_another_key_is_not_valid():
    other = Links(b"another secret of thirty-two by..", "https://rosters.test")
    with pytest.raises(NotAllowed):
        LINKS.read_result(token_of(other.result(7, REQUEST, NOW)), NOW)


@pytest.mark.parametrize("token", ["", "x", "WzcsIng", "é", "a.b.c"])
def test_a_made_up_token_is_not_valid(token):
    with pytest.raises(NotAllowed):
        LINKS.read_upload(token, NOW)


def test_each_changed_character_makes_a_token_invalid():
    token = token_of(LINKS.upload(7, REQUEST, NOW))
    for place, character in enumerate(token[:-1]):
        changed = f"{token[:place]}{'A' if character != 'A' else 'B'}{token[place + 1 :]}"
        with pytest.raises(NotAllowed):
            LINKS.read_upload(changed, NOW - SECOND)

"""An administrator at a browser."""

import re

import pytest

from tests.gateway.portal.rosters import text_of


@pytest.fixture
def ada(clinic, browse):
    assert clinic
    return browse("admin@clinic.test")


def secret_of(page) -> str:
    found = re.search(r'class="secret">([^<]+)<', page.text)
    assert found, text_of(page)
    return found[1]

"""How files are validated, and the formats of an account."""

import pytest

from registry.accounts.accounts import account_by_id
from registry.accounts.portal_users import find_user
from tests.gateway.portal.rosters import text_of


def test_the_settings_of_an_account_are_saved(ada, connection, clinic, browse, operator):
    ada.post("/admin/account", do="set", levels="High\n\n Low \nHigh", lenient="1", full_roster="1")
    connection.commit()
    expected = {"risk_levels": ["High", "Low"], "lenient": True, "full_roster": True}
    assert account_by_id(connection, clinic.id).settings == expected
    eve = browse(operator)
    eve.post("/accounts", name="clinic")
    token = eve.token()
    eve.client.post(
        "/admin/account",
        data={"csrf": token, "do": "set", "levels": "", "format": ["metriport", "no format"]},
    )
    connection.commit()
    expected = {"risk_levels": [], "lenient": False, "full_roster": False}
    expected |= {"further_formats": ["metriport"]}
    assert account_by_id(connection, clinic.id).settings == expected
    assert find_user(connection, operator).account_id is None


@pytest.mark.parametrize(
    "levels", ["\n".join(f"level {n}" for n in range(101)), "x" * 201], ids=["too many", "too long"]
)
def test_too_many_or_too_long_risk_levels_are_refused(ada, connection, clinic, levels):
    answer = ada.post("/admin/account", do="set", levels=levels)
    assert answer.status_code == 409
    assert "at most 100 risk levels of at most 200 letters" in text_of(answer).lower()
    connection.commit()
    assert account_by_id(connection, clinic.id).settings == {}

import json

import pytest

from registry.landing.drop_folder import PENDING, RESULTS


def said(result):
    """What a command printed as JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def acme(rosterline):
    return said(rosterline("account", "add", "acme", "--format", "metriport", "--json"))


class TestAccounts:
    def test_an_account_is_added_with_its_drop_folders(self, rosterline, home):
        added = rosterline(
            *("account", "add", "acme", "--format", "thoroughcare", "--zone", "America/New_York"),
            *("--cadence", "on_arrival", "--risk-level", "Low", "--risk-level", "High"),
            *("--lenient", "--identity-changes", "20", "--json"),
        )
        account = said(added)
        assert account["time_zone"] == "America/New_York"
        assert account["cadence"] == "on_arrival"
        assert account["settings"] == {
            "risk_levels": ["Low", "High"],
            "lenient": True,
            "identity_change_percent": 20,
        }
        folders = {path.name for path in (home.drop_dir / "acme").iterdir()}
        assert folders == {PENDING, RESULTS}

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["acme", "--format", "hl7"], "known formats: thoroughcare, metriport, ptdirect"),
            (["acme", "--format", "ptdirect", "--zone", "Mars"], "no time zone 'Mars'"),
            (["Acme!", "--format", "ptdirect"], "starting with a-z or 0-9"),
        ],
    )
    def test_an_account_with_invalid_values_is_refused(self, rosterline, arguments, expected):
        refused = rosterline("account", "add", *arguments)
        assert refused.exit_code == 1
        assert expected in refused.stderr

    def test_a_name_is_taken_once(self, rosterline, acme):
        assert "already" in rosterline("account", "add", acme["name"], "-f", "metriport").stderr

    @pytest.mark.usefixtures("acme")
    def test_all_are_listed(self, rosterline):
        assert [each["name"] for each in said(rosterline("account", "list", "--json"))] == ["acme"]
        assert "metriport" in rosterline("account", "list").output

    @pytest.mark.usefixtures("acme")
    def test_settings_change_and_the_others_stay(self, rosterline):
        said(rosterline("account", "set", "acme", "--risk-level", "High", "--json"))
        account = said(rosterline("account", "set", "acme", "--lenient", "--json"))
        assert account["settings"] == {"risk_levels": ["High"], "lenient": True}
        account = said(
            rosterline("account", "set", "acme", "--strict", "--any-risk-level", "--json")
        )
        assert account["settings"] == {"risk_levels": [], "lenient": False}

    @pytest.mark.usefixtures("acme")
    def test_nothing_to_change_is_an_error(self, rosterline):
        assert "name what to change" in rosterline("account", "set", "acme").stderr


@pytest.mark.parametrize(("what", "many"), [("facility", "facilities"), ("cohort", "cohorts")])
class TestFacilitiesAndCohorts:
    @pytest.mark.usefixtures("acme")
    def test_one_is_added_listed_and_shown(self, rosterline, what, many):
        added = said(rosterline(what, "add", "--account", "acme", "North Wing", "--json"))
        listed = {"name": "North Wing", "id": added["id"]}
        assert said(rosterline(what, "list", "--account", "acme", "--json")) == [listed]
        assert said(rosterline("account", "show", "acme", "--json"))[many] == [listed]
        assert added["id"] in rosterline("account", "show", "acme").output
        assert added["id"] in rosterline(what, "list", "-a", "acme").output

    def test_one_of_an_unknown_account_is_refused(self, rosterline, what, many):  # noqa: ARG002
        assert rosterline(what, "add", "-a", "nobody", "North").exit_code == 1
        assert rosterline(what, "list", "-a", "nobody").exit_code == 1


class TestAFacilityForMetriportsSdk:
    @pytest.mark.usefixtures("acme")
    def test_is_added_with_npi_and_address_or_completed_later(self, rosterline):
        address = ("--address", "1 Main St", "--city", "Boston", "--state", "ma", "--zip", "02101")
        whole = ("--npi", "1234567893", "--tin", "12-3456789", *address)
        pier = said(rosterline("facility", "add", "-a", "acme", "Pier", *whole, "--json"))
        kept = {"line1": "1 Main St", "line2": None, "city": "Boston", "state": "MA",
                "postal_code": "02101"}  # fmt: skip
        assert (pier["npi"], pier["tin"], pier["address"]) == ("1234567893", "12-3456789", kept)
        said(rosterline("facility", "add", "-a", "acme", "North", "--json"))
        north = said(rosterline("facility", "set", "-a", "acme", "North", *address, "--json"))
        assert (north["npi"], north["address"]) == (None, kept)
        north = said(rosterline("facility", "set", "-a", "acme", "North", "--npi", "1234567893",
                                "--json"))  # fmt: skip
        assert (north["npi"], north["address"]) == ("1234567893", kept)
        assert "Boston" in rosterline("facility", "set", "-a", "acme", "North").output

    @pytest.mark.usefixtures("acme")
    def test_is_refused_where_a_value_is_wrong_or_there_is_none_of_that_name(self, rosterline):
        add = ("facility", "add", "-a", "acme", "Pier")
        assert "npi" in rosterline(*add, "--npi", "1234567890").stderr
        assert "address.state" in rosterline(*add, "--address", "1 Main St").stderr
        missing = rosterline("facility", "set", "-a", "acme", "Nowhere")
        assert "has no facility 'Nowhere'" in missing.stderr


@pytest.mark.parametrize(
    ("format_name", "options", "cadence"),
    [
        ("metriport", (), "on_arrival"),
        ("metriport", ("--cadence", "nightly"), "nightly"),
        ("thoroughcare", (), "nightly"),
        ("ptdirect", (), "nightly"),
    ],
)
def test_a_new_account_is_imported_when_its_format_is_used_to(
    rosterline, format_name, options, cadence
):
    added = said(rosterline("account", "add", "acme", "-f", format_name, *options, "--json"))
    assert added["cadence"] == cadence

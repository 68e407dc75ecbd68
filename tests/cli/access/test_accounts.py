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
            *("--lenient", "--json"),
        )
        account = said(added)
        assert account["time_zone"] == "America/New_York"
        assert account["cadence"] == "on_arrival"
        assert account["settings"] == {"risk_levels": ["Low", "High"], "lenient": True}
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
        assert said(rosterline(what, "list", "--account", "acme", "--json")) == [added]
        assert said(rosterline("account", "show", "acme", "--json"))[many] == [added]
        assert added["id"] in rosterline("account", "show", "acme").output
        assert added["id"] in rosterline(what, "list", "-a", "acme").output

    def test_one_of_an_unknown_account_is_refused(self, rosterline, what, many):  # noqa: ARG002
        assert rosterline(what, "add", "-a", "nobody", "North").exit_code == 1
        assert rosterline(what, "list", "-a", "nobody").exit_code == 1


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

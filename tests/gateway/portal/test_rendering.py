"""How pages write numbers, times and durations, and where templates are found."""

from datetime import UTC, datetime, timedelta

import pytest
from jinja2 import UndefinedError

from gateway.portal.rendering import (
    FEATURES,
    HERE,
    STATIC,
    environment,
    moment,
    number,
    render,
    seconds,
    sentence,
    share,
    size,
    static,
)


def test_figures_are_written_for_people():
    assert [seconds(each) for each in (0.04, 9.96, 42.4, 185, 7800)] == [
        "0.0 s", "10.0 s", "42 s", "3 min 5 s", "2 h 10 min",
    ]  # fmt: skip
    assert [size(each) for each in (999, 1500, 2_500_000, 3 * 10**9)] == [
        "999 bytes", "1.5 kB", "2.5 MB", "3.0 GB",
    ]  # fmt: skip
    assert [share(*each) for each in ((0, 0), (1, 10**6), (20, 1000), (1000, 1000))] == [
        "0 %", "< 0.1 %", "2.0 %", "100.0 %",
    ]  # fmt: skip
    assert [number(each) for each in (0, 12345)] == ["0", "12,345"]


def test_a_sentence_begins_and_ends_as_one():
    assert sentence("the file is gone") == "The file is gone."
    assert sentence("Is it gone?") == "Is it gone?"


def test_a_duration_may_be_a_timedelta():
    assert seconds(timedelta(minutes=2, seconds=1)) == "2 min 1 s"


def test_a_time_is_shown_in_the_zone_of_the_account():
    instant = datetime(2026, 11, 22, 3, 14, tzinfo=UTC)
    assert moment(instant) == _time("22 Nov 2026, 03:14 UTC")
    assert moment(instant, "America/New_York") == _time("21 Nov 2026, 22:14 EST")


def _time(said: str) -> str:
    return f'<time datetime="2026-11-22T03:14:00+00:00">{said}</time>'


def test_a_missing_figure_is_a_dash():
    assert [number(None), moment(None), seconds(None)] == ["\u2013"] * 3


def test_every_folder_of_templates_belongs_to_a_feature():
    folders = {path.parent.name for path in HERE.glob("*/templates")}
    assert folders == set(FEATURES)


def test_every_template_is_found_and_compiles():
    shared = {path.name for path in (HERE / "templates").glob("*.html")}
    of_features = {f"{path.parent.parent.name}/{path.name}" for path in HERE.glob("*/*/*.html")}
    assert "settings/users.html" in of_features
    names = environment().list_templates()
    assert set(names) == shared | of_features
    for name in names:
        environment().get_template(name)


def test_a_template_that_lacks_a_value_is_an_error():
    with pytest.raises(UndefinedError):
        render("error.html", title="Not found")


def test_values_are_escaped():
    page = render("error.html", title="<b>", detail='"><script>')
    assert b"<script>" not in page.body
    assert b"<h1>&lt;b&gt;</h1>" in page.body


def test_the_address_of_a_static_file_changes_with_the_file():
    address = static("portal.css")
    assert address.startswith("/static/portal.css?v=")
    assert address != static("portal.js").replace(".js", ".css")
    assert (STATIC / "portal.css").is_file()

"""What commands print, without a command."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console
from rich.text import Text

from cli import output


def printed(renderable, width=80):
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


class TestShort:
    @pytest.mark.parametrize(
        ("text", "length", "expected"),
        [
            ("roster.csv", 10, "roster.csv"),
            ("november-roster.csv", 12, "novembe….csv"),
            ("november-roster.csv", 18, "november-ro…er.csv"),
            ("", 5, ""),
        ],
    )
    def test_a_long_name_loses_its_middle(self, text, length, expected):
        assert output.short(text, length) == expected

    @pytest.mark.parametrize("length", range(4, 30))
    def test_the_result_is_never_longer_than_asked(self, length):
        assert len(output.short("a" * 29, length)) == min(29, length)


class TestPlace:
    def test_a_path_below_the_current_folder_is_relative(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert output.place(tmp_path / "home" / "result.csv") == "home/result.csv"

    def test_any_other_path_is_absolute(self, tmp_path, monkeypatch):
        below = tmp_path / "below"
        below.mkdir()
        monkeypatch.chdir(below)
        assert output.place(tmp_path / "result.csv") == str(tmp_path / "result.csv")


class TestCount:
    def test_an_unknown_number_is_a_grey_dash(self):
        assert output.count(None, "errored") == Text("-", "bright_black")

    def test_zero_is_grey_whatever_it_counts(self):
        assert output.count(0, "errored").style == "bright_black"

    def test_a_number_has_the_colour_of_what_it_counts(self):
        assert output.count(12_345, "errored") == Text("12,345", "red")

    def test_an_unknown_name_has_no_colour(self):
        assert output.count(1, "rows").style == ""


def test_a_word_has_its_colour_and_others_have_none():
    assert output.word("failed").style == "red"
    assert output.word("anything").style == ""


def test_a_time_is_shown_to_the_minute():
    assert output.moment(datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC)) == "2026-03-29 01:59 UTC"


class TestTable:
    def test_a_square_bracket_is_no_markup(self):
        assert "[red]x.csv" in printed(output.table(["file"], [["[red]x.csv"]]))

    def test_numbers_are_aligned_to_the_right(self):
        lines = printed(output.table(["n"], [[1], [1000]], right=["n"])).splitlines()
        assert [line.rstrip()[-1] for line in lines if line.strip("─ ")][1:] == ["1", "0"]

    def test_a_whole_column_is_not_broken_on_a_narrow_screen(self):
        key = "2026-11-16_clinic_ab12cd34ef"
        text = "a long message " * 5
        shown = printed(output.table(["key", "text"], [[key, text]], whole=["key"]), width=50)
        assert key in shown

    def test_dense_leaves_one_space_between_columns(self):
        shown = printed(output.table(["a", "b"], [["x", "y"]], dense=True))
        assert "x y" in shown
        assert "x  y" in printed(output.table(["a", "b"], [["x", "y"]]))

    def test_a_title_is_printed_above(self):
        rows = [["01a1fff5-9e53-7000-8000-2533b1138915"]]
        assert printed(output.table(["id"], rows, title="Facilities")).startswith("Facilities")


class TestFacts:
    def test_values_that_are_none_are_left_out(self):
        shown = printed(output.facts({"name": "ada", "password": None}))
        assert shown.split() == ["name", "ada"]

    def test_they_are_printed_as_json_for_scripts(self, capsys):
        output.say_facts({"user": "ada", "address": None}, as_json=True)
        assert json.loads(capsys.readouterr().out) == {"user": "ada", "address": None}

    def test_they_are_printed_one_a_line_for_people(self, capsys):
        output.say_facts({"user": "ada", "state": "disabled"}, as_json=False)
        assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
            ["user", "ada"],
            ["state", "disabled"],
        ]


class TestJson:
    def test_times_ids_and_paths_become_text(self, capsys):
        output.say_json(
            {
                "at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
                "id": UUID(int=1),
                "path": Path("/a"),
                "name": "Müller",
            }
        )
        out = capsys.readouterr().out
        assert json.loads(out) == {
            "at": "2026-01-02T03:04:00+00:00",
            "id": "00000000-0000-0000-0000-000000000001",
            "path": "/a",
            "name": "Müller",
        }
        assert "Müller" in out

    def test_a_long_line_is_not_broken(self, capsys):
        output.say_json({"reason": "x" * 500})
        assert "x" * 500 in capsys.readouterr().out


class TestFail:
    def test_an_error_is_text_on_stderr(self, capsys):
        output.fail("not_found", "there is no account", as_json=False)
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err == "Error: there is no account\n"

    def test_for_scripts_it_is_one_line_of_json(self, capsys):
        output.fail("not_found", "there is no [account]", as_json=True)
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert json.loads(error) == {"error": "not_found", "message": "there is no [account]"}


def test_a_remark_does_not_reach_stdout(capsys):
    output.note("written to result.csv")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "written to result.csv\n")

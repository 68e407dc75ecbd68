import json
import subprocess
import sys

import pytest

from cli.commands import COMMANDS, CommandEntry, load

HEAVY = (
    "alembic", "dagster", "duckdb", "fastapi", "numpy", "pandera", "phonenumbers", "polars",
    "psycopg_pool", "pyarrow", "pycountry", "sqlalchemy",
)  # fmt: skip
"""Libraries that take long to load. pydantic is not among them, because typer loads it."""
READING = (
    ["status"],
    ["night"],
    ["lineage", "01a1fff5-9e53-7000-8000-2533b1138915"],
    ["rows", "nothing"],
    ["result", "nothing"],
    ["diff", "nothing"],
    ["backfill", "nothing", "--dry-run"],
    ["account", "list"],
    ["account", "sftp", "list"],
    ["key", "list", "--account", "nobody"],
    ["user", "list"],
    ["template", "metriport"],
    ["format", "list"],
)


def loaded_by(*commands, heavy=HEAVY):
    """Which of these libraries a process has loaded after running the commands in turn."""
    code = (
        "import sys\nfrom cli.main import app\n"
        f"for command in {commands!r}:\n"
        "    try:\n        app(command)\n    except SystemExit:\n        pass\n"
        f"print('\\n' + ' '.join(name for name in {heavy!r} if name in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage:" not in run.stderr
    assert "Error: unexpected" not in run.stderr
    return run.stdout.splitlines()[-1].split()


class TestTheOverview:
    def test_it_names_every_command_and_imports_nothing_for_it(self, rosterline):
        shown = rosterline("--help")
        assert shown.exit_code == 0
        for name, entry in COMMANDS.items():
            assert name in shown.output
            assert entry.about in shown.output
        assert loaded_by(["--help"], heavy=("psycopg", *HEAVY)) == []

    @pytest.mark.parametrize("name", COMMANDS)
    def test_its_text_for_a_command_is_the_first_line_of_that_commands_help(self, name):
        first_line = (load(name).help or "").split("\n")[0]
        assert first_line.startswith(COMMANDS[name].about)

    @pytest.mark.parametrize("name", ["undo", "night", "backfill"])
    def test_help_texts_have_no_line_ends_of_the_source(self, name, rosterline):
        assert "\n" not in (load(name).help or "").replace("\n\n", "")
        assert "completion" not in rosterline(name, "--help").output

    def test_without_a_command_it_is_shown(self, rosterline):
        assert "process-pending" in rosterline().output

    def test_the_version_is_shown(self, rosterline):
        assert rosterline("--version").output.count(".") == 2


@pytest.mark.usefixtures("home")
def test_commands_that_only_read_load_no_library_that_they_do_not_need():
    assert loaded_by(*READING) == []


@pytest.mark.usefixtures("home")
def test_the_doctor_does_not_load_the_pipeline():
    assert loaded_by(["doctor"], heavy=("dagster", "duckdb", "polars")) == []


def test_the_check_for_heavy_libraries_finds_one():
    assert loaded_by(["restore", "--help"], heavy=("sqlalchemy",)) == ["sqlalchemy"]


def test_a_command_that_loaded_duckdb_ends_without_output():
    code = "import cli.main, duckdb"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == ""


class TestErrors:
    def test_an_error_is_one_message_without_a_traceback(self, rosterline):
        failed = rosterline("account", "show", "nobody")
        assert failed.exit_code == 1
        assert failed.stderr.strip() == (
            "Error: there is no account 'nobody'; known accounts: none yet"
        )
        assert failed.stdout == ""

    def test_for_scripts_it_is_json_with_a_stable_code(self, rosterline):
        failed = rosterline("account", "show", "nobody", "--json")
        assert failed.exit_code == 1
        assert json.loads(failed.stderr) == {
            "error": "not_found",
            "message": "there is no account 'nobody'; known accounts: none yet",
        }
        assert failed.stdout == ""

    @pytest.mark.parametrize(
        "arguments",
        [["nonsense"], ["--nonsense"], ["import"], ["status", "--limit", "0"]],
        ids=" ".join,
    )
    def test_wrong_usage_exits_with_1_since_2_says_that_a_file_failed(self, rosterline, arguments):
        failed = rosterline(*arguments)
        assert failed.exit_code == 1
        assert "Error" in failed.stderr

    def test_wrong_usage_is_json_too(self, rosterline):
        failed = rosterline("account", "set", "acme", "--json")
        assert failed.exit_code == 1
        assert json.loads(failed.stderr)["error"] == "usage"

    def test_a_setting_that_cannot_be_read_is_named(self, rosterline, monkeypatch):
        monkeypatch.setenv("ROSTERLINE_WEBSERVER_PORT", "high")
        failed = rosterline("status")
        assert failed.exit_code == 1
        assert "ROSTERLINE_WEBSERVER_PORT" in failed.stderr

    def test_an_unreachable_database_is_explained(self, rosterline, monkeypatch):
        address = "postgresql://user:secret@127.0.0.1:1/nothing"
        monkeypatch.setenv("ROSTERLINE_RUNS_DATABASE_URL", address)
        failed = rosterline("status", "--json")
        assert failed.exit_code == 1
        assert json.loads(failed.stderr)["error"] == "database_unavailable"
        assert "secret" not in failed.stderr

    def test_a_file_that_cannot_be_written_is_named(self, rosterline, tmp_path):
        failed = rosterline("template", "metriport", "-o", tmp_path / "missing" / "x.csv")
        assert failed.exit_code == 1
        assert f"No such file or directory: {tmp_path}/missing/x.csv" in failed.stderr

    def test_an_unexpected_error_shows_its_class_and_no_value(self, rosterline, monkeypatch):
        monkeypatch.setitem(
            COMMANDS, "broken", CommandEntry("ada_lovelace", "Never works.", "Tests")
        )
        failed = rosterline("broken")
        assert failed.exit_code == 1
        assert "unexpected ModuleNotFoundError" in failed.stderr
        assert "ada" not in failed.stderr
        assert "ROSTERLINE_DEBUG" in failed.stderr

    def test_debugging_shows_the_traceback(self, rosterline, monkeypatch):
        monkeypatch.setenv("ROSTERLINE_DEBUG", "1")
        failed = rosterline("account", "show", "nobody")
        assert type(failed.exception).__name__ == "NotFound"

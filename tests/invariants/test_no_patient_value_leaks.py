"""Files of marked values that occur nowhere else, and a search for them where none may be.

They may be in the archive, the staging files, the registry and the results. Not in logs, not on
stderr, not in anything that Dagster keeps, not in exceptions, not in PostgreSQL's own log.
"""

import logging
import os
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from assets.partitions import CLAIM_TAG
from assets.resources import RosterlineResource
from pipelines.definitions import defs
from pipelines.jobs import import_files
from registry.accounts.accounts import Account, add_account
from registry.database.connections import connect, connect_as_owner, database_url
from registry.ledger.imports import Import, get_import
from registry.migrations import migrate
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable, RosterlineError, StageFailed
from tests.files import care
from tests.importing import put
from tests.logins import addresses

pytestmark = pytest.mark.slow

CANARY = "qzxk"
"""A part of every value; no word of the code and no identifier contains it."""
FORMS = (CANARY, CANARY.upper(), CANARY.title(), "5550177", "555-0177", "1933-03-07", "03/07/1933")

GOOD = {
    "first": "Qzxkfirst",
    "last": "Qzxklast",
    "born": "1933-03-07",
    "gender": "F",
    "ehr": "qzxk-ehr",
    "phone": "212-555-0177",
    "email": "qzxk@example.org",
    "street": "1 Qzxk Street",
    "city": "Qzxkcity",
    "notes": "qzxk note",
    "flags": "qzxk flag",
    "department": "qzxk department",
}
BAD = {**GOOD, "born": "qzxk born", "gender": "qzxk sex", "phone": "qzxk phone", "codes": "qzxk"}
FILES = {
    "good and bad rows": care(GOOD, {**GOOD, "city": "Qzxk2"}, BAD, {**GOOD, "ehr": "1.2E+9"}),
    "ragged": care(GOOD) + "qzxk,qzxk\r\n" + "qzxk," * 40 + "\r\n",
    "a patient where the header should be": care(GOOD).split("\r\n", 1)[1],
    "an unclosed quote": care(GOOD) + '"qzxk,never closed\r\n',
    "a byte that is none": care(GOOD).encode() + b"qzxk\x81\r\n",
    "nul": care({**GOOD, "born": "19\0qzxk"}),
    "qzxk columns": care(GOOD).replace("Notes", "Qzxk extra"),
}


@pytest.fixture
def home(embedded: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with a server of its own, and this process's environment set to it."""
    settings = Settings(home=embedded.home, **addresses(database_url(embedded)))
    migrate(settings)
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def instance(tmp_path: Path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


@pytest.fixture
def clinic(home: Settings) -> Account:
    with connect(home) as connection:
        return add_account(connection, "clinic", "thoroughcare")


def receive(home: Settings, account: Account, content: str | bytes, folder: Path) -> Import:
    with connect(home) as connection:
        return put(home, connection, account, content, folder=folder, name="qzxk.csv",
                   received_at=datetime(2026, 11, 21, tzinfo=UTC))  # fmt: skip


def run(instance: dg.DagsterInstance, *imports: Import) -> dg.ExecuteInProcessResult:
    """A run as the sensor starts one, over all these imports."""
    keys = [imported.partition_key for imported in imports]
    instance.add_dynamic_partitions("imports", keys)
    tags = {
        CLAIM_TAG: "true",
        "dagster/asset_partition_range_start": keys[0],
        "dagster/asset_partition_range_end": keys[-1],
    }
    return defs.resolve_job_def(import_files.name).execute_in_process(
        instance=instance, tags=tags, raise_on_error=False
    )


def canaries(text: str) -> list[str]:
    return [line for line in text.splitlines() if any(form in line for form in FORMS)]


def kept_by_dagster(instance: dg.DagsterInstance, folder: Path) -> str:
    """Every event of every run as it is serialised, and every byte of Dagster's home."""
    events = [
        dg.serialize_value(entry)
        for each in instance.get_runs()
        for entry in instance.all_logs(each.run_id)
    ]
    runs = [dg.serialize_value(each) for each in instance.get_runs()]
    files = [
        path.read_bytes().decode("utf-8", "replace")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".csv"
    ]
    assert events
    return "\n".join([*events, *runs, *files])


def server_log(home: Settings) -> str:
    return "\n".join(
        path.read_text(errors="replace")
        for path in home.postgres_dir.glob("log*")
        if path.is_file()
    )


def lineage_events(home: Settings) -> str:
    return "\n".join(path.read_text() for path in home.lineage_dir.glob("*"))


@pytest.fixture
def all_that_may_be_read(
    home: Settings, instance, tmp_path, caplog, capfd
) -> Callable[[], dict[str, str]]:
    caplog.set_level(logging.DEBUG)

    def read() -> dict[str, str]:
        out, err = capfd.readouterr()
        return {
            "logs": "\n".join(record.getMessage() for record in caplog.records) + caplog.text,
            "stdout": out,
            "stderr": err,
            "dagster": kept_by_dagster(instance, tmp_path),
            "postgresql": server_log(home),
            "openlineage": lineage_events(home),
        }

    return read


def test_no_value_of_any_file_leaks(home, instance, clinic, tmp_path, all_that_may_be_read):
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    imports = [receive(home, clinic, content, incoming) for content in FILES.values()]
    assert not run(instance, *imports).success, "one of them cannot be read"
    read = all_that_may_be_read()
    found = {place: canaries(text) for place, text in read.items()}
    assert found == {place: [] for place in found}
    assert read["openlineage"].count('"eventType": "FAIL"') >= 1
    assert read["openlineage"].count('"eventType": "COMPLETE"') >= 3
    with connect(home) as connection:
        states = [get_import(connection, each.partition_key).state for each in imports]
        stored = connection.execute("SELECT first_name FROM patient").fetchall()
    assert states.count("completed") >= 3
    assert "failed" in states
    assert ("Qzxkfirst",) in stored, "the canary never flew"


# Each breaks a stage at the database, in a way whose message shows values.
TRAPS = {
    "a constraint that shows the row": (
        "ALTER TABLE patient ADD CONSTRAINT trap CHECK (first_name <> 'Qzxkfirst')"
    ),
    "a unique index that shows the key": ("CREATE UNIQUE INDEX trap ON patient (last_name)"),
    "a type that shows the text": (
        "ALTER TABLE patient_contact ALTER value TYPE integer USING value::integer"
    ),
    "a trigger that says it": (
        "CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no %', NEW.first_name; END $$;"
        " CREATE TRIGGER trap BEFORE INSERT ON patient FOR EACH ROW EXECUTE FUNCTION trap()"
    ),
    "issues that do not fit": (
        "ALTER TABLE row_issue ADD CONSTRAINT trap CHECK (message NOT LIKE '%qzxk%')"
    ),
}


def lay_trap(home, trap):
    with connect_as_owner(home) as connection:
        connection.execute(TRAPS[trap])


@pytest.mark.parametrize("trap", TRAPS)
def test_an_error_of_postgresql_shows_its_sqlstate_and_no_value(
    home, instance, clinic, tmp_path, all_that_may_be_read, trap
):
    lay_trap(home, trap)
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    people = care(GOOD, {**GOOD, "ehr": "qzxk-2", "first": "Qzxkother"}, BAD)
    broken = run(instance, receive(home, clinic, people, incoming))
    assert not broken.success
    read = all_that_may_be_read()
    found = {place: canaries(text) for place, text in read.items()}
    assert found == {place: [] for place in found}
    assert "SQLSTATE" in read["dagster"]
    assert "patients of import" in read["dagster"]


def test_the_exception_and_its_causes_contain_no_value(home, clinic, tmp_path):
    from tests.importing import process

    lay_trap(home, "a constraint that shows the row")
    with connect(home) as connection:
        imported = receive(home, clinic, care(GOOD), tmp_path)
        with pytest.raises(StageFailed, match="CheckViolation, SQLSTATE 23514") as raised:
            process(home, connection, imported)
    chain: BaseException | None = raised.value
    while chain is not None:
        assert not canaries("".join(traceback.format_exception(chain)))
        assert not isinstance(chain, psycopg.Error)
        chain = chain.__cause__ or chain.__context__


def test_with_debug_a_developer_sees_the_error_as_it_is(home, clinic, tmp_path):
    from tests.importing import process

    curious = home.model_copy(update={"debug": True})
    lay_trap(home, "a constraint that shows the row")
    with connect(home) as connection:
        imported = receive(home, clinic, care(GOOD), tmp_path)
        with pytest.raises(psycopg.errors.CheckViolation, match="Qzxkfirst"):
            process(curious, connection, imported)


def test_a_value_that_postgresql_cannot_read_is_not_shown(home, clinic, tmp_path):
    import duckdb

    from tests.importing import process

    imported = receive(home, clinic, care({**GOOD, "score": "1"}), tmp_path)
    with connect(home) as connection:
        process(home, connection, imported, stages=("landed_files", "staged_patients"))
        staging = home.staging_dir / f"{imported.partition_key}.duckdb"
        with duckdb.connect(str(staging)) as engineer:
            engineer.execute("UPDATE staged SET risk_score = 'qzxk'")
        with pytest.raises(StageFailed, match="InvalidTextRepresentation") as raised:
            process(home, connection, imported, stages=("matched_patients", "patients"))
    assert not canaries("".join(traceback.format_exception(raised.value)))


def test_settings_and_resource_show_no_password(home):
    assert "postgresql://" not in repr(RosterlineResource())
    assert "database_url" not in repr(home)
    assert os.environ["ROSTERLINE_HOME"] == str(home.home)


def test_a_lost_server_is_reported_without_a_value(home, clinic, tmp_path):
    from tests.importing import process

    imported = receive(home, clinic, care(GOOD), tmp_path)
    with connect(home) as connection, connect(home) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        with pytest.raises(DatabaseUnavailable) as raised:
            process(home, connection, imported)
    assert isinstance(raised.value, RosterlineError)
    assert not canaries("".join(traceback.format_exception(raised.value)))

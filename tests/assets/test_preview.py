"""A preview shows what a further attempt does, and writes nothing."""

import pytest

from assets.preview import preview, previewing
from registry.accounts.accounts import add_account, change_settings
from registry.database.connections import connect
from schemas.errors import StorageUnavailable
from tests.files import john, maria, tree
from tests.importing import process, put
from tests.nights import Clinic
from tests.state import dump

pytestmark = pytest.mark.external_postgres
LEVELS = ["High", "Low"]


@pytest.fixture
def clinic(database, connection, tmp_path):
    return Clinic(database, connection, tmp_path)


@pytest.fixture
def week(clinic):
    """Two nights under an old rule, then a newer file, then a rule that accepts more."""
    change_settings(clinic.connection, clinic.account, {"risk_levels": LEVELS})
    ana = {**maria(), "ehr": "E-3", "first": "Ana"}
    first = clinic.send(
        0, maria(risk="Rising", city="Rome", phone="212-555-0123"), john(risk="Rising"),
        {**ana, "born": "soon"},
    )  # fmt: skip
    clinic.send(1, maria(risk="High", city="Oslo"))
    change_settings(clinic.connection, clinic.account, {"risk_levels": [*LEVELS, "Rising"]})
    clinic.connection.commit()
    return first.imported


def test_a_preview_shows_outcomes_fields_and_kept_values(clinic, week):
    found = preview(clinic.settings, week)
    assert found.now == {"created": 2, "updated": 0, "unchanged": 0, "errored": 1}
    assert found.then == {"created": 0, "updated": 1, "unchanged": 1, "errored": 1}
    assert found.changed_rows == 1
    assert found.fields == {"risk_level": 1}
    assert found.kept_newer == {"address.city": 1, "risk_level": 1}
    assert found.fault is None


def test_a_further_attempt_does_what_the_preview_shows(clinic, week):
    found = preview(clinic.settings, week)
    done = process(clinic.settings, clinic.connection, week, again=True)
    assert found.then == done.attempt.counts
    (changed,) = clinic.connection.execute(
        "SELECT count(*) FROM patient_change WHERE import_id = %s AND attempt = 2", (week.id,)
    ).fetchone()
    assert found.changed_rows == changed
    kept = [code for code in done.codes() if code == "kept_newer_value"]
    assert sum(found.kept_newer.values()) == len(kept)


def test_nothing_is_written_anywhere(clinic, week):
    clinic.connection.commit()
    before = dump(clinic.connection), tree(clinic.settings.home)
    clinic.connection.commit()
    found = preview(clinic.settings, week)
    assert found.then["updated"] == 1
    assert (dump(clinic.connection), tree(clinic.settings.home)) == before


def test_patients_that_it_would_create_are_counted_and_not_created(clinic):
    done = clinic.send(0, maria(), {**john(), "ehr": "1.2E+09"})
    assert done.outcomes == ["created", "errored"]
    change_settings(clinic.connection, clinic.account, {"lenient": True})
    clinic.connection.commit()
    found = preview(clinic.settings, done.imported)
    assert found.then == {"created": 1, "updated": 0, "unchanged": 1, "errored": 0}
    assert (found.changed_rows, found.fields) == (1, {})
    assert len(clinic.facts()) == 1


def test_a_file_that_fails_now_says_so(database, connection, tmp_path):
    account = add_account(connection, "desk", "ptdirect")
    imported = put(database, connection, account, b"%PDF-1.7 no roster", folder=tmp_path)
    process(database, connection, imported)
    found = preview(database, imported)
    assert found.fault == "not_csv"
    assert sum(found.then.values()) == 0


def test_an_import_that_was_given_up_before_any_attempt_has_a_preview(clinic):
    imported = clinic.receive(0, maria())
    clinic.connection.execute("UPDATE import SET state = 'failed' WHERE id = %s", (imported.id,))
    clinic.connection.commit()
    found = preview(clinic.settings, imported)
    assert found.now is None
    assert found.then["created"] == 1


def test_bytes_that_are_gone_are_an_error_and_leave_nothing(clinic, week):
    clinic.connection.commit()
    for path in clinic.settings.archive_dir.rglob(f"*{week.sha256[-8:]}*"):
        path.unlink()
    before = tree(clinic.settings.home)
    with pytest.raises(StorageUnavailable, match="restore the archive folder"):
        preview(clinic.settings, week)
    assert tree(clinic.settings.home) == before


def test_it_takes_no_lock_that_an_import_waits_for(clinic, week):
    """Locks of a preview that has done all its work and is not rolled back yet."""
    clinic.connection.commit()
    with previewing(clinic.settings, week) as (registry, _):
        held = registry.execute(
            "SELECT DISTINCT c.relname, l.mode FROM pg_locks l"
            " JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE l.pid = pg_backend_pid() AND n.nspname = 'public'"
        ).fetchall()
        advisory = registry.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        ).fetchone()
        assert {mode for _, mode in held} == {"AccessShareLock"}
        assert advisory == (0,)
        done = clinic.send(3, maria(city="Bern", score="4"))
    assert done.outcomes == ["updated"]


def test_a_preview_does_not_see_later_imports(clinic, week):
    clinic.connection.commit()
    with previewing(clinic.settings, week) as (registry, first):
        clinic.send(3, john(risk="Low"))
        assert registry.execute("SELECT count(*) FROM import").fetchone() == (2,)
    assert first.fields == {"risk_level": 1}
    assert preview(clinic.settings, week).fields == {}


def test_it_does_not_wait_for_an_import_that_is_being_applied(clinic, week):
    clinic.connection.commit()
    with connect(clinic.settings) as other:
        lock = "SELECT pg_advisory_xact_lock(hashtext('rosterline apply'), %s)"
        other.execute(lock, (clinic.account.id,))
        assert preview(clinic.settings, week).then["updated"] == 1

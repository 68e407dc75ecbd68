"""A backup of a home with an embedded server, restored into an empty one; everything compared."""

import json
import os
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from cli.recovery.backup import make_backup
from cli.recovery.folder import COPIED, MANIFEST, files_below, read_copied
from cli.recovery.restore import MARKER, restore_backup
from gateway.http.signed_links import Linked, Links
from gateway.http.signing_key import signing_secret
from gateway.sftp.keys import host_keys
from registry.accounts.accounts import get_account
from registry.database.connections import connect, dagster_url, plain_url
from registry.landing.drop_folder import PENDING, account_folder, register_ready, scan_pending
from registry.ledger.imports import list_imports
from registry.settings import Settings
from registry.tables.all_tables import metadata
from schemas.errors import NotAllowed, StorageUnavailable
from tests.cli.homes import ROSTERLINE, rosterline
from tests.conftest import embedded_home
from tests.logins import addresses
from tests.waiting import eventually

GOOD = "C1,Ada,Smith,1977,f\nC2,Ben,Jones,1980,m\n"
NOW = datetime.now(UTC)


def drop(settings, name, content):
    with connect(settings) as connection:
        account = get_account(connection, "acme")
    path = account_folder(settings, account) / PENDING / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def look_into_pending(settings):
    """Two looks with no time between: what stands there is received."""
    own = settings.model_copy(update={"drop_quiet_seconds": 0.0})
    with connect(own) as connection:
        account = get_account(connection, "acme")
        seen = scan_pending(own, account, {}, 1.0)
        looked = scan_pending(own, account, seen.seen, 2.0)
        register_ready(connection, own, account, looked, lambda: NOW)


def registry_rows(settings):
    with connect(settings) as connection:
        return {
            table.name: sorted(connection.execute(f'SELECT t::text FROM "{table.name}" t'))
            for table in metadata.sorted_tables
        }


def partitions(settings):
    with psycopg.connect(plain_url(dagster_url(settings))) as dagster:
        return dagster.execute(
            "SELECT partitions_def_name, partition FROM dynamic_partitions ORDER BY id"
        ).fetchall()


def bytes_below(folder):
    return {str(path): (folder / path).read_bytes() for path in files_below(folder)}


def fill(own):
    """A file imported, one that waits, one that is not received yet, and half an upload."""
    roster = own.home / "demo" / "roster.csv"
    roster.parent.mkdir(parents=True)
    roster.write_text(GOOD)
    rosterline(own, "account", "add", "acme", "--format", "ptdirect")
    rosterline(own, "import", roster, "--account", "acme")
    drop(own, "waits.csv", "C3,Eve,Stone,1990,f\n")
    look_into_pending(own)
    drop(own, "not received yet.csv", "C4,Kim,Lee,1991,m\n")
    (own.uploads_dir / "acme").mkdir(parents=True)
    (own.uploads_dir / "acme" / "half").write_text("C5,Jo")
    host_keys(own)
    signing_secret(own)


@pytest.fixture
def beside_server(server_url, tmp_path):
    """Makes homes whose registry is a database of their own on the test server.

    Its PostgreSQL is not the home's: in CI it is Debian's, with a password.
    """
    with psycopg.connect(server_url, autocommit=True) as server:

        def drop_databases(name):
            for each in (name, f"{name}_dagster"):
                server.execute(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")

        def made(name):
            drop_databases(name)
            server.execute(f"CREATE DATABASE {name}")
            names.append(name)
            url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
            return Settings(
                home=tmp_path / name, dagster_database=f"{name}_dagster", **addresses(url)
            )

        names = []
        yield made
        for name in names:
            drop_databases(name)


@pytest.fixture(scope="module")
def home():
    """A home in which files were imported, and others wait."""
    with embedded_home() as own:
        fill(own)
        yield own


@pytest.fixture
def empty():
    with embedded_home() as own:
        yield own


def everything_is_the_same(home, restored):
    assert registry_rows(restored) == registry_rows(home)
    assert partitions(restored) == partitions(home) != []
    for folder in ("archive", "results", "drop", "uploads", "sftp"):
        assert bytes_below(restored.home / folder) == bytes_below(home.home / folder), folder
    assert [k.public_data for k in host_keys(restored)] == [k.public_data for k in host_keys(home)]
    for name in ("signing.key", "sftp/ssh_host_ed25519_key"):
        assert stat.S_IMODE((restored.home / name).stat().st_mode) == 0o600


def a_link_signed_before_is_valid(home, restored):
    request = uuid4()
    link = Links(signing_secret(home), "https://x").upload(7, request, NOW + timedelta(hours=1))
    read = Links(signing_secret(restored), "https://x").read_upload(link.rpartition("/")[2], NOW)
    assert read == Linked(7, request)


def imports_run_on(restored):
    with connect(restored) as connection:
        before = {each.partition_key: each.state for each in list_imports(connection)}
    assert sorted(before.values()) == ["completed", "waiting"]
    own = restored.model_copy(update={"drop_quiet_seconds": 0.2})
    rosterline(own, "process-pending")
    with connect(restored) as connection:
        after = {each.file_name: each.state for each in list_imports(connection)}
        (patients,) = connection.execute("SELECT count(*) FROM patient").fetchone()
    expected = ("roster.csv", "waits.csv", "not received yet.csv")
    assert after == dict.fromkeys(expected, "completed")
    assert patients == 4


@pytest.mark.slow
def test_a_home_is_restored_whole_and_goes_on(home, empty, tmp_path):
    made = make_backup(home, tmp_path / "backup")
    assert (made.damaged, made.missing) == ((), ())
    said = json.loads(rosterline(empty, "restore", made.folder, "--json"))
    assert said["file_count"] > 0
    everything_is_the_same(home, empty)
    a_link_signed_before_is_valid(home, empty)
    with connect(empty) as connection:
        (key,) = [i.partition_key for i in list_imports(connection) if i.state == "completed"]
    assert rosterline(empty, "result", key) == rosterline(home, "result", key)
    imports_run_on(empty)
    assert not (empty.home / MARKER).exists()


@pytest.mark.slow
def test_a_restore_that_was_cut_off_is_gone_on_with(home, empty, tmp_path):
    made = make_backup(home, tmp_path / "backup")
    environment = os.environ | empty.as_environment()
    with subprocess.Popen([ROSTERLINE, "restore", made.folder], env=environment) as cut_off:
        eventually((empty.home / "sftp").exists)
        cut_off.kill()
    assert (empty.home / MARKER).exists()
    restore_backup(empty, made.folder)
    everything_is_the_same(home, empty)


@pytest.mark.slow
@pytest.mark.external_postgres
class TestPostgresqlOfOnesOwn:
    def test_a_home_is_restored_into_empty_databases_whole_and_goes_on(
        self, beside_server, tmp_path
    ):
        source, target = beside_server("restore_source"), beside_server("restore_target")
        fill(source)
        made = make_backup(source, tmp_path / "backup")
        rosterline(target, "restore", made.folder)
        everything_is_the_same(source, target)
        assert not (target.home / "postgres").exists(), "no server of the home's own was started"
        with connect(target) as connection:
            (key,) = [i.partition_key for i in list_imports(connection) if i.state == "completed"]
        assert rosterline(target, "result", key) == rosterline(source, "result", key)
        imports_run_on(target)

    def test_a_database_that_holds_tables_is_refused_before_anything_is_restored(
        self, beside_server, tmp_path
    ):
        source, target = beside_server("held_source"), beside_server("held_target")
        rosterline(source, "account", "add", "acme", "--format", "ptdirect")
        rosterline(target, "account", "add", "other", "--format", "ptdirect")
        made = make_backup(source, tmp_path / "backup")
        emptied = target.model_copy(update={"home": tmp_path / "empty"})
        with pytest.raises(NotAllowed, match="holds tables already; name an empty one"):
            restore_backup(emptied, made.folder)
        assert not emptied.home.exists()
        with connect(target) as connection:
            assert get_account(connection, "other")

    def test_a_server_that_is_older_than_the_backup_is_refused_in_words(
        self, beside_server, home, tmp_path
    ):
        target = beside_server("refused_target")
        with connect(home) as newer, connect(target) as older:
            versions = [each.info.server_version // 10_000 for each in (newer, older)]
        if versions[0] <= versions[1]:
            pytest.skip("the test server is as new as the embedded one")
        made = make_backup(home, tmp_path / "backup")
        with pytest.raises(NotAllowed, match=f"of PostgreSQL {versions[0]} and this server is"):
            restore_backup(target, made.folder)


@pytest.mark.slow
class TestWhatIsRefused:
    def test_a_home_that_holds_something(self, home, tmp_path):
        made = make_backup(home, tmp_path / "backup")
        with pytest.raises(NotAllowed, match="holds something already"):
            restore_backup(home, made.folder)

    def test_a_damaged_file_of_the_backup_before_anything_is_restored(self, home, empty, tmp_path):
        made = make_backup(home, tmp_path / "backup")
        (archived, *_) = (made.folder / "home" / "archive").glob("*/*")
        archived.chmod(0o600)
        archived.write_bytes(archived.read_bytes()[:-1] + b"X")
        with pytest.raises(StorageUnavailable, match="damaged or missing"):
            restore_backup(empty, made.folder)
        assert list(empty.home.iterdir()) == []

    def test_a_folder_without_a_complete_backup(self, empty, tmp_path):
        with pytest.raises(NotAllowed, match="no backup"):
            restore_backup(empty, tmp_path)
        (tmp_path / COPIED).touch()
        with pytest.raises(NotAllowed, match="not complete"):
            restore_backup(empty, tmp_path)

    def test_a_target_that_holds_something(self, home, tmp_path):
        (tmp_path / "mine.txt").touch()
        with pytest.raises(NotAllowed, match="no backup"):
            make_backup(home, tmp_path)
        with pytest.raises(NotAllowed, match="inside the home"):
            make_backup(home, home.home / "backup")


@pytest.mark.slow
class TestBackup:
    def test_an_unfinished_backup_is_gone_on_with_and_copies_nothing_twice(self, home, tmp_path):
        first = make_backup(home, tmp_path / "backup")
        said = json.loads((first.folder / MANIFEST).read_text())
        journal = [json.dumps(each) for each in said["files"] if each["path"].startswith("home/")]
        (first.folder / COPIED).write_text("\n".join(journal) + "\n" + journal[0][:20])
        (first.folder / MANIFEST).unlink()
        (first.folder / "home" / "archive" / "left over").touch()
        inodes = {path: path.stat().st_ino for path in first.folder.glob("home/archive/*/*")}
        assert len(read_copied(first.folder)) == len(journal)
        again = make_backup(home, first.folder)
        assert {
            path: path.stat().st_ino for path in again.folder.glob("home/archive/*/*")
        } == inodes
        assert not (again.folder / "home" / "archive" / "left over").exists()

    def test_a_damaged_archive_file_is_named(self, home, tmp_path):
        (archived, *_) = sorted(home.archive_dir.glob("*/*"))
        whole = archived.read_bytes()
        archived.chmod(0o600)
        try:
            archived.write_bytes(whole[:-1] + b"X")
            assert make_backup(home, tmp_path / "damaged").damaged == (archived.name,)
            aside = archived.rename(home.home / "aside")
            assert make_backup(home, tmp_path / "missing").missing == (archived.name,)
            aside.rename(archived)
        finally:
            archived.write_bytes(whole)

    def test_no_value_of_a_setting_is_kept_unless_asked_for(self, home, tmp_path):
        secret = home.model_copy(update={"fhir_token": "hidden"})
        secret.model_fields_set.add("fhir_token")
        made = make_backup(secret, tmp_path / "without")
        said = json.loads((made.folder / "settings.json").read_text())
        assert "ROSTERLINE_FHIR_TOKEN" in said["set"]
        assert "hidden" not in (made.folder / "settings.json").read_text()
        made = make_backup(secret, tmp_path / "with", with_values=True)
        assert "hidden" in (made.folder / "settings.json").read_text()

    def test_a_file_that_the_ledger_knows_in_pending_is_there_whatever_happened_meanwhile(
        self, home, empty, tmp_path
    ):
        with connect(home) as connection:
            account = get_account(connection, "acme")
        path = account_folder(home, account) / PENDING / "waits.csv"
        aside = path.rename(home.home / "aside")  # as if it had come after the folder was copied
        try:
            made = make_backup(home, tmp_path / "backup")
        finally:
            aside.rename(path)
        restore_backup(empty, made.folder)
        assert bytes_below(empty.drop_dir) == bytes_below(home.drop_dir)

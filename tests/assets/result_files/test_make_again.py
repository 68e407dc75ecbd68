"""A damaged or missing result is made again, byte for byte, or not served at all."""

import hashlib

import pytest

from assets.result_files.make_again import intact_result
from registry.accounts.accounts import add_account
from registry.landing.receive import archived_path
from schemas.errors import ArchiveDamaged, StorageUnavailable
from tests.files import care, john, maria
from tests.importing import process, put

GOOD = care(maria(city="Rome"), john(born="soon"))
BROKEN = "%PDF-1.7\n"


@pytest.fixture
def imported(database, connection, tmp_path):
    """Imports a file, and gives what asks for a kind of its results."""
    account = add_account(connection, "clinic", "thoroughcare")

    def run(content):
        received = put(database, connection, account, content, folder=tmp_path)
        done = process(database, connection, received)
        connection.commit()
        return done

    return run


def damage(path, how):
    path.chmod(0o600)
    if how == "gone":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:-5])
    else:
        path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))


@pytest.mark.parametrize("content", [GOOD, BROKEN], ids=["rows", "a file that failed"])
@pytest.mark.parametrize("kind", ["result", "failed_rows"])
@pytest.mark.parametrize("how", ["gone", "truncated", "a byte flipped"])
def test_the_same_bytes_are_made_again(database, connection, imported, kind, content, how):
    done = imported(content)
    path = intact_result(connection, database, done.imported, done.attempt, kind)
    before = path.read_bytes()
    damage(path, how)
    again = intact_result(connection, database, done.imported, done.attempt, kind)
    assert (again, again.read_bytes()) == (path, before)
    stored = connection.execute(
        "SELECT sha256 FROM result_file WHERE import_id = %s AND kind = %s",
        (done.imported.id, kind),
    ).fetchone()
    assert stored == (hashlib.sha256(before).hexdigest(),)
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []


def test_a_result_of_an_earlier_attempt_is_made_again(database, connection, imported):
    first = imported(GOOD)
    process(database, connection, first.imported, again=True)
    path = intact_result(connection, database, first.imported, first.attempt, "result")
    path.unlink()
    assert intact_result(connection, database, first.imported, first.attempt, "result") == path
    assert path.read_bytes().decode() == first.result


def test_from_damaged_or_missing_archived_bytes_none_is_made(database, connection, imported):
    done = imported(GOOD)
    path = intact_result(connection, database, done.imported, done.attempt, "result")
    path.unlink()
    archived = archived_path(database, done.imported.sha256)
    archived.chmod(0o600)
    archived.write_bytes(archived.read_bytes().replace(b"Rome", b"Romf"))
    with pytest.raises(ArchiveDamaged):
        intact_result(connection, database, done.imported, done.attempt, "result")
    archived.unlink()
    with pytest.raises(StorageUnavailable):
        intact_result(connection, database, done.imported, done.attempt, "result")
    assert not path.exists()


def test_other_bytes_than_the_ledgers_are_thrown_away(database, connection, imported):
    done = imported(GOOD)
    path = intact_result(connection, database, done.imported, done.attempt, "result")
    path.unlink()
    connection.execute("UPDATE result_file SET sha256 = %s", ("0" * 64,))
    with pytest.raises(ArchiveDamaged, match="cannot be made again as it was"):
        intact_result(connection, database, done.imported, done.attempt, "result")
    assert list(path.parent.glob(".draft*")) == []
    assert not path.exists()


def test_an_attempt_without_results_has_none(database, connection, imported):
    done = imported(GOOD)
    connection.execute("DELETE FROM result_file")
    assert intact_result(connection, database, done.imported, done.attempt, "result") is None

"""A home whose SFTP worked with folders, once a bucket is its store."""

from datetime import UTC, datetime

import pytest

from cli.recovery.move_to_bucket import move_to_bucket
from gateway.sftp import unfinished_uploads
from gateway.sftp.folders import folders_of, sweep
from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders
from registry.landing.intake import look
from registry.ledger.imports import list_imports
from registry.store import store_of


@pytest.fixture
def before(database, tmp_path):
    return database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": 0.0})


@pytest.fixture
def account(connection, before):
    found = add_account(connection, "acme", "thoroughcare")
    connection.commit()
    ensure_folders(before, found)
    return found


@pytest.fixture
def after(before, account, bucket, connection):
    """The settings with a bucket, after an upload of each kind, and the server's start."""

    def registry():
        return connect(before)

    folders = folders_of(before, account, registry)
    for name in ("twice.csv", "twice.csv", "waits.csv"):
        upload = unfinished_uploads.begin(before, account, name)
        upload.write(0, b"content of " + name.encode())
        upload.finish()
        folders.land(upload.path, datetime.now(UTC), None)
        upload.discard()
    part = unfinished_uploads.begin(before, account, "part.csv")
    part.write(0, b"half")
    part.finish()
    folders.keep_part(part.path)
    part.release()
    (account_folder(before, account) / PENDING / "dropped.csv").write_bytes(b"dropped")
    for _ in range(2):
        look(connection, before, [account])
    move_to_bucket(before, bucket.url, lambda _: None)
    own = before.model_copy(update={"store_url": bucket.url})
    sweep(own, registry, lambda _: registry(), starting=True)
    return own


def test_what_waited_waits_in_the_store_and_nothing_comes_twice(after, account, connection):
    folders = folders_of(after, account, lambda: connect(after))
    assert set(folders.pending()) == {"dropped.csv", "twice.csv", "waits.csv"}
    assert {name: each.size for name, each in folders.parts().items()} == {"part.csv": 4}
    assert [each[:8] for each in folders.results()] == ["Uploads "]
    on_disk = account_folder(after, account) / PENDING
    assert [path.name for path in on_disk.iterdir()] == ["dropped.csv"]
    for _ in range(3):
        look(connection, after, [account])
    states = [(each.file_name, each.state) for each in list_imports(connection)]
    assert sorted(states) == [
        ("dropped.csv", "waiting"), ("twice.csv", "cancelled"), ("twice.csv", "waiting"),
        ("waits.csv", "waiting"),
    ]  # fmt: skip
    folders.rename("waits.csv", "named.csv", datetime.now(UTC), overwrite=False)
    assert "named.csv" in folders.pending()
    assert list(store_of(after).list("uploads"))

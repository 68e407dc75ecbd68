"""`rosterline move-to-bucket`: what the home kept in folders, in a bucket, each object checked."""

import json

import pytest

from cli.recovery.move_to_bucket import NOTES
from registry.accounts.accounts import add_account
from registry.landing.archive_copy import archive_key
from tests.importing import process, put

ROWS = "1,Ada,Smith,1977,f\n"


@pytest.fixture
def done(home, connection, tmp_path):
    account = add_account(connection, "acme", "ptdirect")
    made = process(home, connection, put(home, connection, account, ROWS, folder=tmp_path))
    connection.commit()
    return made


def moved(rosterline, bucket, code=0):
    result = rosterline("move-to-bucket", bucket.url, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_everything_is_there_with_its_bytes_and_still_here(rosterline, home, bucket, done):
    (home.home / "models").mkdir()
    (home.home / "models" / "1.json").write_text("{}")
    said = moved(rosterline, bucket)
    assert (said["copied"], said["known"], said["missing"], said["refused"]) == (4, 0, [], [])
    keys = bucket.keys()
    assert len(keys) == 4
    assert all(bucket.get(key) == (home.home / key).read_bytes() for key in keys)
    assert bucket.get(archive_key(done.imported.sha256)) == ROWS.encode()


def test_again_copies_only_what_is_new(rosterline, home, connection, bucket, done, tmp_path):  # noqa: ARG001
    moved(rosterline, bucket)
    account = add_account(connection, "other", "ptdirect")
    process(home, connection, put(home, connection, account, "2" + ROWS, folder=tmp_path))
    connection.commit()
    said = moved(rosterline, bucket)
    assert (said["copied"], said["known"]) == (3, 3)


def test_an_object_that_is_lost_in_the_bucket_is_missed(rosterline, bucket, done):
    moved(rosterline, bucket)
    key = archive_key(done.imported.sha256)
    bucket.delete(key)
    assert moved(rosterline, bucket, code=1)["missing"] == [key]


def test_another_bucket_is_begun_anew(rosterline, s3, bucket, done):  # noqa: ARG001
    moved(rosterline, bucket)
    other = s3.make_bucket()
    assert moved(rosterline, other)["copied"] == 3
    assert sorted(other.keys()) == sorted(bucket.keys())


def test_a_note_that_was_cut_off_is_no_note(rosterline, home, bucket, done):  # noqa: ARG001
    moved(rosterline, bucket)
    notes = home.home / NOTES
    notes.write_text(notes.read_text()[:-3])
    said = moved(rosterline, bucket)
    assert said["copied"] <= 1
    assert said["missing"] == []


def test_what_is_no_address_of_a_bucket_is_refused_in_words(rosterline, done):  # noqa: ARG001
    refused = rosterline("move-to-bucket", "/mnt/bucket")
    assert refused.exit_code != 0
    assert "s3://bucket/prefix" in refused.output


def test_results_and_imports_go_on_from_the_bucket(rosterline, home, bucket, done, monkeypatch):
    moved(rosterline, bucket)
    monkeypatch.setenv("ROSTERLINE_STORE_URL", bucket.url)
    for folder in ("archive", "results"):
        (home.home / folder).rename(home.home / f"old-{folder}")
    given = rosterline("result", done.imported.partition_key)
    assert given.stdout_bytes.decode() == done.result
    found = json.loads(rosterline("doctor", "--archive", "--json").stdout)
    levels = {check["name"]: check["level"] for check in found}
    assert (levels["archive"], levels["results"], levels["bucket"]) == ("ok", "ok", "ok")


def test_doctor_says_what_was_left_in_folders(rosterline, home, bucket, done, monkeypatch):  # noqa: ARG001
    monkeypatch.setenv("ROSTERLINE_STORE_URL", bucket.url)
    found = json.loads(rosterline("doctor", "--json").stdout)
    (check,) = [check for check in found if check["name"] == "bucket"]
    assert check["level"] == "fail"
    assert "move-to-bucket" in check["todo"]

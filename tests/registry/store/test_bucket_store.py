"""The store in a bucket: parts, copies, links, and a server that fails."""

import hashlib
import os
import re
import socket
import time

import httpx
import pytest

from registry.settings import Settings
from registry.store import store_of
from registry.store.bucket_store import PART_BYTES
from registry.store.durable_files import storage_errors
from schemas.errors import StorageUnavailable

DATA = os.urandom(1024) * 1024
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def settings(tmp_path, bucket):
    return Settings(home=tmp_path, store_url=bucket.url, store_timeout_seconds=2)


@pytest.fixture
def store(settings):
    return store_of(settings)


def test_an_address_of_no_bucket_is_refused_in_words(tmp_path):
    for url in ("s3://", "file:///tmp", "bucket/prefix", "https://bucket.example"):
        with pytest.raises(ValueError, match="s3://bucket/prefix"):
            Settings(home=tmp_path, store_url=url)


class TestALargeDraft:
    def test_is_sent_while_it_comes(self, store, bucket):
        with store.begin("archive") as draft:
            for _ in range(2 * PART_BYTES // len(DATA)):
                draft.write(DATA)
            assert len(bucket.parts_under_way()) == 1
            assert bucket.keys("archive") == []
            draft.place("archive/ab/abc")
        assert bucket.keys() == ["archive/ab/abc"]
        assert bucket.parts_under_way() == []

    def test_that_is_cut_off_leaves_no_parts(self, store, bucket):
        draft = store.begin("archive")
        for _ in range(2 * PART_BYTES // len(DATA)):
            draft.write(DATA)
        assert len(bucket.parts_under_way()) == 1
        draft.end()
        assert bucket.parts_under_way() == []
        assert bucket.keys() == []

    def test_of_a_process_that_was_killed_is_swept_away_after_its_time(self, store, bucket):
        bucket.put("drafts/0b9c", DATA)
        store.sweep(3600)
        assert bucket.keys() == ["drafts/0b9c"]
        time.sleep(1.1)
        store.sweep(1)
        assert bucket.keys() == []


class TestACopy:
    def test_is_fetched_once(self, store, bucket):
        bucket.put("archive/ab/abc", DATA)
        path = store.file("archive/ab/abc", SHA256)
        written = path.stat().st_ino
        assert store.file("archive/ab/abc", SHA256).stat().st_ino == written

    def test_that_was_damaged_here_is_fetched_again(self, store, bucket):
        bucket.put("archive/ab/abc", DATA)
        store.file("archive/ab/abc", SHA256).write_bytes(b"damaged")
        assert store.file("archive/ab/abc", SHA256).read_bytes() == DATA

    def test_of_bytes_that_are_damaged_in_the_bucket_shows_them_as_they_are(self, store, bucket):
        bucket.put("archive/ab/abc", b"damaged")
        assert store.file("archive/ab/abc", SHA256).read_bytes() == b"damaged"

    def test_makes_room_by_the_one_that_was_used_longest_ago(self, tmp_path, bucket):
        store = store_of(
            Settings(home=tmp_path, store_url=bucket.url, store_copies_bytes=2_500_000)
        )
        paths = []
        for number in range(3):
            bucket.put(f"archive/ab/{number}", DATA)
            paths.append(store.file(f"archive/ab/{number}", SHA256))
            os.utime(paths[-1], (0, 1_000_000 + number))
        assert [path.exists() for path in paths] == [False, True, True]

    def test_that_is_in_use_stays_whatever_the_limit(self, tmp_path, bucket):
        store = store_of(Settings(home=tmp_path, store_url=bucket.url, store_copies_bytes=1))
        for number in range(2):
            bucket.put(f"archive/ab/{number}", DATA)
            store.file(f"archive/ab/{number}", SHA256)
        assert len(list(store.file("archive/ab/0", SHA256).parent.iterdir())) == 2

    def test_that_nobody_used_is_swept_away(self, store, bucket):
        bucket.put("archive/ab/abc", DATA)
        path = store.file("archive/ab/abc", SHA256)
        store.sweep(60)
        assert path.exists()
        os.utime(path, (0, 1_000_000))
        store.sweep(60)
        assert not path.exists()


class TestALink:
    def test_gives_the_bytes_to_anybody_under_the_name_of_the_file(self, store):
        with store.begin("results/a", download_name='Ärzte "x".csv') as draft:
            draft.write(DATA)
            draft.place("results/a/1.csv")
        answer = httpx.get(store.link("results/a/1.csv", 60))
        assert answer.content == DATA
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert (
            answer.headers["content-disposition"]
            == "attachment; filename*=UTF-8''%C3%84rzte%20%22x%22.csv"
        )

    def test_that_was_sent_in_parts_has_the_name_too(self, store):
        with store.begin("results/a", download_name="a.csv") as draft:
            for _ in range(2 * PART_BYTES // len(DATA)):
                draft.write(DATA)
            draft.place("results/a/1.csv")
        answer = httpx.get(store.link("results/a/1.csv", 60))
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a.csv"

    def test_is_valid_for_as_long_as_was_said(self, store):
        assert re.search(r"X-Amz-Expires=60\b", store.link("results/a/1.csv", 60))


class TestAServerThatFails:
    @pytest.fixture
    def nobody(self, tmp_path, bucket, monkeypatch):
        """A port where nobody listens."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        return store_of(Settings(home=tmp_path, store_url=bucket.url, store_timeout_seconds=1))

    @pytest.fixture
    def silent(self, tmp_path, bucket, monkeypatch):
        """A server that takes connections and says nothing."""
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(100)
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listening.getsockname()[1]}")
            yield store_of(Settings(home=tmp_path, store_url=bucket.url, store_timeout_seconds=1))

    @pytest.mark.parametrize("kind", ["nobody", "silent"])
    def test_is_an_error_in_words_that_name_no_object(self, kind, request):
        store = request.getfixturevalue(kind)
        begun = time.monotonic()
        for work in (
            lambda: store.put("results/a/Doe-Jane.csv", DATA),
            lambda: store.read("results/a/Doe-Jane.csv"),
            lambda: store.file("results/a/Doe-Jane.csv", SHA256),
            lambda: store.find("results/a/Doe-Jane.csv"),
            lambda: list(store.list("results")),
            lambda: store.delete("results/a/Doe-Jane.csv"),
            lambda: store.move("results/a/Doe-Jane.csv", "results/a/2"),
        ):
            with (
                pytest.raises(StorageUnavailable, match="bucket answers") as refused,
                storage_errors("use it", store.place_of("results")),
            ):
                work()
            assert "Doe" not in str(refused.value)
            chain = refused.value.__cause__
            assert "Doe" not in str(chain)
        assert time.monotonic() - begun < 60

    @pytest.mark.usefixtures("bucket")
    def test_a_bucket_that_is_not_there_is_said(self, tmp_path):
        store = store_of(Settings(home=tmp_path, store_url="s3://no-such-bucket-here/x"))
        with pytest.raises(OSError, match="no such bucket"):
            store.put("archive/a", DATA)

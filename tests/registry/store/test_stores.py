"""What both makes of store do alike: drafts, places, lists, copies."""

import hashlib
import os
from datetime import UTC, datetime, timedelta

import pytest

from registry.settings import Settings
from registry.store import store_of

SMALL = b"small"
LARGE = os.urandom(1024) * (20 * 1024)
"""20 MiB: three parts of a bucket's upload."""


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(params=["folders", "bucket"])
def store(request, tmp_path):
    if request.param == "folders":
        return store_of(Settings(home=tmp_path))
    return store_of(Settings(home=tmp_path, store_url=request.getfixturevalue("bucket").url))


def place(store, key, data):
    with store.begin("archive") as draft:
        for start in range(0, len(data), 1024**2):
            draft.write(data[start : start + 1024**2])
        draft.place(key)
    return draft


@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["nothing", "small", "large"])
class TestADraft:
    def test_is_placed_whole_with_its_sha256(self, store, data):
        draft = place(store, "archive/ab/abc", data)
        assert (draft.sha256, draft.byte_count) == (sha256(data), len(data))
        assert store.file("archive/ab/abc", draft.sha256).read_bytes() == data
        assert store.read("archive/ab/abc") == data

    def test_takes_the_place_of_what_was_there(self, store, data):
        place(store, "archive/ab/abc", b"before")
        place(store, "archive/ab/abc", data)
        assert store.read("archive/ab/abc") == data

    def test_that_is_not_placed_leaves_nothing(self, store, data):
        with store.begin("archive") as draft:
            draft.write(data)
        assert list(store.list("archive")) == []
        assert list(store.list("drafts")) == []

    def test_that_ends_leaves_what_was_there(self, store, data):
        place(store, "archive/ab/abc", b"before")
        draft = store.begin("archive")
        draft.write(data)
        draft.end()
        assert [each.key for each in store.list("archive")] == ["archive/ab/abc"]
        assert store.read("archive/ab/abc") == b"before"


class TestWhatIsKept:
    def test_is_found_with_size_and_time(self, store):
        before = datetime.now(UTC) - timedelta(seconds=2)
        place(store, "archive/ab/abc", SMALL)
        found = store.find("archive/ab/abc")
        assert (found.key, found.byte_count) == ("archive/ab/abc", len(SMALL))
        assert before <= found.written_at <= datetime.now(UTC) + timedelta(seconds=2)

    def test_has_another_version_once_it_is_other_bytes(self, store):
        place(store, "archive/ab/abc", SMALL)
        first = store.find("archive/ab/abc").version
        assert store.find("archive/ab/abc").version == first
        place(store, "archive/ab/abc", b"other")
        assert store.find("archive/ab/abc").version != first

    def test_is_listed_below_its_prefix_and_below_no_other(self, store):
        for key in ("results/a/1", "results/a/2", "results/b/1", "results-of-others/a/1"):
            store.put(key, SMALL)
        assert sorted(each.key for each in store.list("results")) == [
            "results/a/1",
            "results/a/2",
            "results/b/1",
        ]
        assert len(list(store.list("results/a"))) == 2
        assert list(store.list("nothing")) == []

    @pytest.mark.parametrize("name", ["ä ö.csv", "50% (copy) #1.csv", "日本.csv", "a+b&c.csv"])
    def test_may_have_any_name_that_a_file_has(self, store, name):
        store.put(f"results/key/{name}", SMALL)
        assert [each.key for each in store.list("results")] == [f"results/key/{name}"]
        assert store.read(f"results/key/{name}") == SMALL
        assert store.find(f"results/key/{name}") is not None
        store.move(f"results/key/{name}", f"results/key/2 {name}")
        assert store.read(f"results/key/2 {name}") == SMALL
        store.delete(f"results/key/2 {name}")
        assert list(store.list("results")) == []

    def test_is_gone_once_it_is_deleted_and_deleting_again_is_no_fault(self, store):
        place(store, "results/a/1", SMALL)
        store.file("results/a/1", sha256(SMALL))
        store.delete("results/a/1")
        store.delete("results/a/1")
        assert store.find("results/a/1") is None
        with pytest.raises(FileNotFoundError):
            store.file("results/a/1", sha256(SMALL))
        with pytest.raises(FileNotFoundError):
            store.read("results/a/1")

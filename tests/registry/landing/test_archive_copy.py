"""A file's copy for the archive, made piece by piece while the file is still written."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from registry.landing.archive_copy import ArchiveCopy
from registry.landing.receive import archive, archived_path
from schemas.errors import NotAllowed, NotFound, StorageUnavailable

FIRST, SECOND = b"first " * 400_000, b"second " * 400_000
WHOLE = FIRST + SECOND


@pytest.fixture
def home(settings, tmp_path):
    return settings.model_copy(update={"home": tmp_path / "home"})


@pytest.fixture
def growing(tmp_path):
    """A file of which only the first part was written."""
    path = tmp_path / "growing.csv"
    path.write_bytes(FIRST)
    return path


@pytest.fixture
def begun(home, growing):
    """Its copy so far."""
    with ArchiveCopy(home) as copy:
        copy_until(copy, growing, len(FIRST))
        yield copy


def copy_until(copy, path, end):
    descriptor = os.open(path, os.O_RDONLY)
    copy.copy_until(descriptor, end)
    copy.settle()
    os.close(descriptor)


def names(home):
    return [path.name for path in home.archive_dir.rglob("*") if path.is_file()]


def grow(path):
    with path.open("ab") as file:
        file.write(SECOND)


def test_what_was_begun_is_gone_on_with_to_the_very_bytes(home, growing, begun):
    grow(growing)
    archived = archive(home, growing, begun=begun)
    assert archived.sha256 == hashlib.sha256(WHOLE).hexdigest()
    assert archived.byte_count == begun.byte_count == len(WHOLE)
    path = archived_path(home, archived.sha256)
    assert path.read_bytes() == WHOLE
    assert stat.S_IMODE(path.stat().st_mode) == 0o440
    assert names(home) == [archived.sha256]


def test_the_archive_and_the_file_are_not_one(home, growing, begun):
    path = archived_path(home, archive(home, growing, begun=begun).sha256)
    assert not path.samefile(growing)
    growing.write_bytes(b"somebody writes over what waits")
    assert path.read_bytes() == FIRST


def test_what_is_archived_is_what_was_hashed_although_the_file_changed(home, growing, begun):
    growing.write_bytes(SECOND + SECOND)
    archived = archive(home, growing, begun=begun)
    kept = archived_path(home, archived.sha256).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == archived.sha256
    assert kept.startswith(FIRST)


def test_no_more_is_copied_than_there_is_and_no_more_than_was_asked_for(home, growing):
    with ArchiveCopy(home) as copy:
        copy_until(copy, growing, 10)
        assert copy.byte_count == 10
        copy_until(copy, growing, 5)
        assert copy.byte_count == 10
        copy_until(copy, growing, len(WHOLE))
        assert copy.byte_count == len(FIRST)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda path: path.unlink(), NotFound),
        (lambda path: os.truncate(path, 10), NotAllowed),
        (lambda path: os.truncate(path, 2**40), NotAllowed),
    ],
    ids=["gone", "shorter than its copy", "too large"],
)
def test_of_what_cannot_be_taken_nothing_stays(home, growing, begun, spoil, error):
    spoil(growing)
    with pytest.raises(error):
        archive(home, growing, begun=begun)
    begun.end()
    assert names(home) == []


def test_a_copy_that_is_not_placed_is_gone_at_the_end(home, growing):
    with ArchiveCopy(home) as copy:
        copy_until(copy, growing, 10)
        assert len(names(home)) == 1
    assert names(home) == []


@pytest.fixture
def on_disk():
    """A folder that is not in memory, as that of the other tests may be."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


def test_memory_is_given_back_while_it_is_made(home, on_disk):
    home = home.model_copy(update={"home": on_disk / "home"})
    path = on_disk / "large.csv"
    path.write_bytes(bytes(range(256)) * 64 * 1024)
    if not can_give_back(path):
        pytest.skip("fincore is not there, or a file system that is memory itself")
    with ArchiveCopy(home) as copy:
        copy_until(copy, path, path.stat().st_size)
        (draft,) = home.archive_dir.iterdir()
        assert draft.stat().st_size == path.stat().st_size
        assert pages_in_memory(draft) == 0


def can_give_back(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
    return shutil.which("fincore") and pages_in_memory(path) == 0


def pages_in_memory(path):
    command = [str(shutil.which("fincore")), "--noheadings", "--output", "PAGES", str(path)]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def test_an_archive_that_cannot_be_written_is_told(home, growing):
    home.home.mkdir()
    home.archive_dir.touch()
    with pytest.raises(StorageUnavailable, match="keep a received file"):
        archive(home, growing)
    with pytest.raises(FileExistsError):
        ArchiveCopy(home)

"""Files that are there whole or not at all."""

import errno
import os

import pytest

from registry.store.durable_files import (
    DRAFT_PREFIX,
    digest,
    draft_in,
    drop_from_memory,
    make_durable,
    storage_errors,
    sync_folders,
)
from schemas.errors import StorageUnavailable


def test_a_draft_is_removed_at_the_end_also_after_an_error(tmp_path):
    with draft_in(tmp_path) as draft:
        draft.write(b"x")
        assert [each.name.startswith(DRAFT_PREFIX) for each in tmp_path.iterdir()] == [True]
    with pytest.raises(ZeroDivisionError), draft_in(tmp_path):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_draft_that_was_renamed_stays_with_its_bytes_and_mode(tmp_path):
    with draft_in(tmp_path) as draft:
        draft.write(b"whole")
        make_durable(draft, 0o440).replace(tmp_path / "file")
        sync_folders(tmp_path)
    assert (tmp_path / "file").read_bytes() == b"whole"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o440
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("end", [0, 3])
def test_bytes_that_leave_memory_are_still_in_the_file(tmp_path, end):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    with path.open("rb") as file:
        drop_from_memory(file.fileno(), end)
        assert file.read() == b"abc"


def test_what_the_system_refuses_is_explained_with_the_folder_and_what_to_do(tmp_path):
    with (
        pytest.raises(StorageUnavailable) as refused,
        storage_errors("keep a file", tmp_path),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    said = str(refused.value)
    assert said.startswith(f"Cannot keep a file in {tmp_path}: No space left on device.")
    assert "nothing was lost" in said


def test_other_errors_pass_as_they_are(tmp_path):
    with pytest.raises(KeyError), storage_errors("keep a file", tmp_path):
        raise KeyError


def test_a_digest_is_the_sha256_of_the_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert digest(tmp_path / "file").startswith("ba7816bf8f01cfea414140de5dae2223")

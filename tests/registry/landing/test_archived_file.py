"""Archived bytes are hashed as they are read, and believed only if they are those received."""

import hashlib
import io

import pytest

from registry.landing.archived_file import ArchivedFile
from schemas.errors import ArchiveDamaged, FileFault

CONTENT = b"first name,last name\r\n" * 10_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def kept(tmp_path):
    """Keeps bytes as if they were CONTENT."""

    def keep(content):
        path = tmp_path / "archive" / SHA256[:2] / SHA256
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return ArchivedFile(path, SHA256)

    return keep


def whole(file):
    return file.read()


def in_pieces(file):
    return b"".join(iter(lambda: file.read(1000), b""))


def as_text(file):
    with io.TextIOWrapper(file, newline="") as text:
        return text.read().encode()


READERS = [whole, in_pieces, as_text]


@pytest.mark.parametrize("read", READERS)
def test_a_file_that_is_read_to_its_end_is_not_read_again_to_be_hashed(kept, read):
    source = kept(CONTENT)
    with source.open("rb") as file:
        assert read(file) == CONTENT
    source.path.unlink()
    source.require_intact()


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "content",
    [CONTENT.replace(b"first", b"First", 1), CONTENT[:-1], CONTENT + b"x", b""],
    ids=["a byte flipped", "truncated", "longer", "empty"],
)
def test_other_bytes_are_refused_by_name_of_the_copy_and_blame_nobody(kept, content, read):
    with pytest.raises(ArchiveDamaged) as damage:  # noqa: SIM117 - the outer one sees the inner
        with kept(content).reading() as source, source.open("rb") as file:
            read(file)
    said = str(damage.value)
    assert f"archive/{SHA256[:2]}/{SHA256}" in said
    assert "The sender's file is not at fault" in said
    assert "Restore that copy from a backup" in said


def test_a_beginning_that_was_read_does_not_count(kept):
    source = kept(CONTENT)
    with source.open("rb") as file:
        assert file.read(10) == CONTENT[:10]
        file.seek(5)
        file.read()
    source.require_intact()
    damaged = kept(CONTENT[:-1] + b"x")
    with damaged.open("rb") as file:
        file.read(10)
    with pytest.raises(ArchiveDamaged):
        damaged.require_intact()


def test_what_is_found_wrong_with_damaged_bytes_is_not_said_of_the_senders_file(kept):
    with pytest.raises(ArchiveDamaged), kept(CONTENT[:5]).reading():
        raise FileFault("header_unusable", "none of the column names is known")


def test_what_is_found_wrong_with_intact_bytes_is_said(kept):
    with pytest.raises(FileFault), kept(CONTENT).reading():
        raise FileFault("header_unusable", "none of the column names is known")

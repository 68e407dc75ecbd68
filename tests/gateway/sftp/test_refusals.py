"""Errors as a client of the protocol sees them."""

import asyncssh
import pytest
from asyncssh import SFTPAttrs

from gateway.sftp.refusals import download_of, explained, times_of, upload_of
from schemas.errors import DatabaseUnavailable, NotAllowed, NotFound, StorageUnavailable


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (NotFound("no such file"), asyncssh.SFTPNoSuchFile, "no such file"),
        (NotAllowed("being processed"), asyncssh.SFTPPermissionDenied, "being processed"),
    ],
)
def test_a_refusal_is_explained_to_the_client(error, kind, text):
    with pytest.raises(kind) as caught, explained():
        raise error
    assert caught.value.reason == text


@pytest.mark.parametrize("kind", [DatabaseUnavailable, StorageUnavailable])
def test_a_fault_of_ours_names_its_code_and_no_detail(kind):
    with pytest.raises(asyncssh.SFTPFailure) as caught, explained():
        raise kind("postgresql://user:secret@host/path")
    assert caught.value.reason == f"{kind.code}: try again later; nothing was lost"


def test_an_unexpected_error_shows_its_class_only():
    with pytest.raises(asyncssh.SFTPFailure) as caught, explained():
        raise ValueError("Ada Lovelace")
    assert caught.value.reason == "internal error ValueError"


@pytest.mark.parametrize("error", [asyncssh.SFTPQuotaExceeded("full"), OSError("disk")])
def test_errors_of_the_protocol_and_of_the_system_pass(error):
    with pytest.raises(type(error)) as caught, explained():
        raise error
    assert caught.value is error


@pytest.mark.parametrize("of", [download_of, upload_of])
def test_a_request_about_the_wrong_kind_of_file_is_refused(of):
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        of(object())


class TestTimes:
    def test_both_are_taken(self):
        assert times_of(SFTPAttrs(atime=10, mtime=20)) == (10.0, 20.0)

    def test_permissions_beside_them_are_ignored(self):
        assert times_of(SFTPAttrs(atime=10, mtime=20, permissions=0o644)) == (10.0, 20.0)

    def test_without_an_access_time_it_is_that_of_the_change(self):
        assert times_of(SFTPAttrs(mtime=20)) == (20.0, 20.0)

    def test_permissions_alone_set_nothing(self):
        assert times_of(SFTPAttrs(permissions=0o777)) is None

    @pytest.mark.parametrize(
        "attrs",
        [SFTPAttrs(size=0, mtime=1), SFTPAttrs(uid=0, gid=0, mtime=1), SFTPAttrs(gid=0)],
    )
    def test_neither_size_nor_owner_can_be_set(self, attrs):
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            times_of(attrs)

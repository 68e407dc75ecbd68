"""Bodies of uploads, plain and as gzip, in pieces of any size."""

import gzip
import io

import pytest

from gateway.api.problems import Refused
from gateway.api.request_body import RequestBody

ROSTER = b"firstName,lastName\r\n" + b"Ada,Sample\r\n" * 500
PACKED = gzip.compress(ROSTER)


def written(data, piece=1024, max_bytes=1_000_000):
    target = io.BytesIO()
    body = RequestBody(target, max_bytes)
    for start in range(0, len(data), piece):
        body.write(data[start : start + piece])
    body.finish()
    return target.getvalue()


@pytest.mark.parametrize("piece", [1, 2, 3, 1000, 100_000])
@pytest.mark.parametrize("sent", [ROSTER, PACKED], ids=["plain", "gzip"])
def test_the_bytes_are_the_same_however_they_are_cut(sent, piece):
    assert written(sent, piece) == ROSTER


@pytest.mark.parametrize("data", [b"", b"a", b"\x1f", b"\x1f\x8a", b"\x8b\x1f"])
def test_a_body_shorter_than_a_gzip_header_or_almost_one_is_plain(data):
    assert written(data, 1) == data


def test_members_of_a_gzip_stream_are_joined():
    assert written(gzip.compress(b"a") + gzip.compress(b"") + gzip.compress(b"b"), 7) == b"ab"


@pytest.mark.parametrize(
    "broken",
    [PACKED[:-1], PACKED[:5], PACKED[:-8] + bytes(8), b"\x1f\x8bnonsense", PACKED + b"more"],
    ids=["cut off", "header only", "wrong checksum", "nonsense", "bytes after the end"],
)
def test_a_broken_gzip_stream_is_refused(broken):
    with pytest.raises(Refused, match="broken or cut off") as caught:
        written(broken)
    assert caught.value.status == 400


class TestTooLarge:
    def test_a_body_of_the_limit_is_taken(self):
        assert len(written(ROSTER, max_bytes=len(ROSTER))) == len(ROSTER)
        assert len(written(PACKED, max_bytes=len(ROSTER))) == len(ROSTER)

    @pytest.mark.parametrize("sent", [ROSTER, PACKED], ids=["plain", "gzip"])
    def test_one_byte_more_is_refused(self, sent):
        with pytest.raises(Refused, match=r"more than 6,019 bytes") as caught:
            written(sent, max_bytes=len(ROSTER) - 1)
        assert caught.value.status == 413

    def test_a_gzip_bomb_is_refused_before_it_is_unpacked(self):
        bomb = gzip.compress(bytes(200_000_000), compresslevel=9)
        target = io.BytesIO()
        with pytest.raises(Refused):
            RequestBody(target, 3_000_000).write(bomb)
        assert len(target.getvalue()) <= 3_000_000


def test_binary_bytes_are_written_as_they_come():
    data = bytes(number * number % 251 for number in range(50_000))
    assert written(b"a" + data, 333) == b"a" + data

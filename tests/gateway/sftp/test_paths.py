import asyncssh
import pytest

from gateway.sftp.paths import MAX_NAME_BYTES, Place, place_of
from registry.landing.drop_folder import PENDING, RESULTS


@pytest.mark.parametrize("path", ["", "/", ".", "..", "//", "/../..", f"{PENDING}/..", "/./"])
def test_the_root_has_many_spellings(path):
    assert place_of(path.encode()) == Place()
    assert place_of(path.encode()).text == "/"


@pytest.mark.parametrize(
    "path",
    [PENDING, f"/{PENDING}", f"//{PENDING}/", f"/{RESULTS}/../{PENDING}", f"/a/../{PENDING}/."],
)
def test_a_folder_is_found_however_it_is_spelled(path):
    assert place_of(path.encode()) == Place(PENDING)


@pytest.mark.parametrize(
    "name",
    [
        "june.csv", ".hidden", "...", "a b.csv", "Müller.csv", "名簿.csv", "-rf", "~",
        "narrow\u202fspace.csv", "a" * MAX_NAME_BYTES, "é" * (MAX_NAME_BYTES // 2),
        "back\\slash.csv", "%2e%2e", "CON", "a;b", "*",
    ],
)  # fmt: skip
def test_any_plain_name_is_a_file(name):
    place = place_of(f"/{PENDING}/{name}".encode())
    assert place == Place(PENDING, name)
    assert place.text == f"/{PENDING}/{name}"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        f"/{PENDING}/folder/june.csv",
        f"/{PENDING}/../../etc/passwd",
        f"/{PENDING.lower()}/june.csv",
        f"/{PENDING} /june.csv",
        "/uploads",
    ],
)
def test_there_is_nothing_outside_of_the_two_folders(path):
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        place_of(path.encode())


@pytest.mark.parametrize(
    "name",
    [
        b"\xff.csv",
        b"a" * (MAX_NAME_BYTES + 1),
        "é".encode() * (MAX_NAME_BYTES // 2 + 1),
        b"line\nbreak.csv",
        b"nul\0.csv",
        "turned\u202earound.csv".encode(),
        "\ufeffjune.csv".encode(),
    ],
)
def test_names_that_trouble_a_file_system_or_a_reader_are_refused(name):
    with pytest.raises(asyncssh.SFTPInvalidFilename):
        place_of(PENDING.encode() + b"/" + name)

"""Files as senders encrypt them: with GnuPG and age, as Debian has them."""

import subprocess

import pytest

from rosters.byte_source import path_of
from rosters.containers import key_texts
from rosters.containers.open_roster import open_roster
from rosters.containers.roster import Scratch
from schemas.catalogue import get_format
from schemas.errors import FileFault, NotAllowed
from tests.sealed import Gpg

CARE = get_format("thoroughcare")
CSV = b"First Name,Last Name,DOB,Sex\r\nAda,Moore,1961-05-27,f\r\n"


@pytest.fixture(scope="module")
def gpg(tmp_path_factory):
    """GnuPG of a sender who has a key of their own, to sign with."""
    made = Gpg(tmp_path_factory.mktemp("gnupg") / "home")
    made("--quick-generate-key", "sender@clinic.example", "ed25519", "sign", "never")
    yield made
    made.end()


def read(content, tmp_path, *keys):
    (tmp_path / "received").write_bytes(content)
    paths = []
    for number, key in enumerate(keys):
        paths.append(tmp_path / f"key-{number}")
        paths[-1].write_text(key)
    scratch = Scratch(tmp_path / "scratch", 1 << 20, lambda _: paths)
    with open_roster(tmp_path / "received", CARE, scratch) as roster:
        return path_of(roster.source).read_bytes()


def test_gnupg_encrypts_for_the_public_key_that_a_sender_was_given(gpg, tmp_path):
    private = key_texts.make_private_key("openpgp", "Rosterline (clinic, 2026-11)")
    public, fingerprint = key_texts.public_key("openpgp", private)
    gpg("--import", content=public.encode())
    to_us = ("--encrypt", "--recipient", fingerprint)
    by_passphrase = ("--passphrase", "secret", "--symmetric")
    for ways in (
        to_us,
        ("--armor", *to_us),
        ("--sign", *to_us),
        ("--encrypt", "--hidden-recipient", fingerprint),
        (*by_passphrase, *to_us),
    ):
        assert read(gpg(*ways, content=CSV), tmp_path, private) == CSV
    with pytest.raises(FileFault, match="nobody is here to type it"):
        read(gpg(*by_passphrase, content=CSV), tmp_path, private)
    with pytest.raises(FileFault, match="damaged or cut off"):  # it can be changed on its way
        read(gpg("--rfc2440", *to_us, content=CSV), tmp_path, private)
    bomb = gpg("-z", "9", *to_us, content=bytes(2 << 20))
    assert len(bomb) < 10_000
    with pytest.raises(FileFault, match="1,048,576 bytes"):
        read(bomb, tmp_path, private)


def test_a_private_key_of_gnupg_is_imported_unless_it_has_a_passphrase(gpg, tmp_path):
    gpg("--quick-generate-key", "clinic@rosterline.example", "future-default")
    private = gpg("--armor", "--export-secret-keys", "clinic@rosterline.example").decode()
    assert key_texts.kind_of_private_key(private) == "openpgp"
    content = gpg("--encrypt", "--recipient", "clinic@rosterline.example", content=CSV)
    assert read(content, tmp_path, private) == CSV
    gpg(
        "--passphrase",
        "secret",
        "--quick-generate-key",
        "locked@rosterline.example",
        "future-default",
    )
    locked = gpg("--passphrase", "secret", "--armor", "--export-secret-keys", "locked@")
    with pytest.raises(NotAllowed, match="has a passphrase"):
        key_texts.kind_of_private_key(locked.decode())


def test_age_encrypts_for_the_public_key_that_a_sender_was_given(tmp_path):
    private = key_texts.make_private_key("age", "")
    public, _ = key_texts.public_key("age", private)
    for ways in (["--encrypt"], ["--armor"]):
        command = ["age", *ways, "--recipient", public]
        content = subprocess.run(command, input=CSV, capture_output=True, check=True).stdout
        assert read(content, tmp_path, private) == CSV


def test_a_key_of_age_keygen_is_imported():
    command = ["age-keygen"]
    made = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert key_texts.kind_of_private_key(made) == "age"
    assert key_texts.public_key("age", made)[0] in made

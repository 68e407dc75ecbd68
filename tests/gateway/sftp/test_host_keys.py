"""Host keys that machines share by a setting; `test_interruptions` has those of the home folder."""

import asyncssh
import pytest

from gateway.sftp.keys import host_keys
from registry.settings import Settings
from schemas.errors import StorageUnavailable


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "shared_ed25519"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(path)
    return path


def test_machines_have_the_keys_of_the_setting_and_make_none(tmp_path, given):
    homes = [Settings(home=tmp_path / each, sftp_host_key_files=(str(given),)) for each in "ab"]
    prints = [[key.get_fingerprint() for key in host_keys(each)] for each in homes]
    assert prints[0] == prints[1] == [asyncssh.read_private_key(given).get_fingerprint()]
    assert not any(each.home.exists() for each in homes)


def test_the_setting_is_a_list(monkeypatch):
    monkeypatch.setenv("ROSTERLINE_SFTP_HOST_KEY_FILES", "/keys/a, /keys/b")
    assert Settings().sftp_host_key_files == ("/keys/a", "/keys/b")


def missing(path):
    path.unlink()


def damaged(path):
    path.write_text("damaged")


def public(path):
    path.write_bytes(asyncssh.read_private_key(path).export_public_key())


def with_a_passphrase(path):
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(
        path, "pkcs8-pem", passphrase="secret"
    )


def weak(path):
    asyncssh.generate_private_key("ssh-rsa", key_size=1024).write_private_key(path)


@pytest.mark.parametrize("spoil", [missing, damaged, public, with_a_passphrase, weak])
def test_a_key_that_cannot_be_used_is_told_of(tmp_path, given, spoil):
    spoil(given)
    settings = Settings(home=tmp_path, sftp_host_key_files=(str(given),))
    with pytest.raises(StorageUnavailable, match="ROSTERLINE_SFTP_HOST_KEY_FILES"):
        host_keys(settings)

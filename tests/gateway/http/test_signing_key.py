"""The key that signs links is made once and stays secret."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.http.signing_key import FILE_NAME, derived_key, signing_secret
from registry.settings import Settings
from schemas.errors import NotAllowed, StorageUnavailable


def test_the_key_is_made_once_for_its_owner_only(tmp_path):
    settings = Settings(home=tmp_path / "home")
    secret = signing_secret(settings)
    assert len(secret) == 32
    assert signing_secret(settings) == secret
    assert (settings.home / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.home.iterdir()] == [FILE_NAME]


def test_two_processes_that_start_together_use_the_same_key(tmp_path):
    settings = Settings(home=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: signing_secret(settings), range(16)))
    assert len(secrets) == 1


def test_a_removed_key_is_replaced_by_another_one(tmp_path):
    settings = Settings(home=tmp_path)
    before = signing_secret(settings)
    (tmp_path / FILE_NAME).unlink()
    assert signing_secret(settings) != before


def test_a_home_that_is_no_folder_is_unavailable(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(StorageUnavailable):
        signing_secret(Settings(home=tmp_path / "home"))


def test_machines_share_the_key_of_the_setting(tmp_path):
    key = tmp_path / "shared.key"
    key.write_bytes(b"k" * 32)
    homes = [Settings(home=tmp_path / each, signing_key_file=key) for each in "ab"]
    assert [signing_secret(each) for each in homes] == [b"k" * 32] * 2
    assert derived_key(homes[0], "cookies") == derived_key(homes[1], "cookies")
    assert not any(each.home.exists() for each in homes)


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (None, StorageUnavailable, "ROSTERLINE_SIGNING_KEY_FILE"),
        (b"", NotAllowed, "holds 0 bytes"),
        (b"k" * 31, NotAllowed, "openssl rand"),
    ],
)
def test_a_key_that_is_missing_or_too_short_is_told_of(tmp_path, content, error, said):
    key = tmp_path / "shared.key"
    if content is not None:
        key.write_bytes(content)
    with pytest.raises(error, match=said):
        signing_secret(Settings(home=tmp_path, signing_key_file=key))

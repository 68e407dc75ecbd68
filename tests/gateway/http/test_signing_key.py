"""The key that signs links is made once and stays secret."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.http.signing_key import FILE_NAME, signing_secret
from registry.settings import Settings
from schemas.errors import StorageUnavailable


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

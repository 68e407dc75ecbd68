"""The home folder and the folders in it."""

from pathlib import Path

from registry.settings import Settings
from registry.settings.home import HomeSettings


def test_a_relative_home_stays_the_same_folder_after_a_change_of_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=Path("here"))
    monkeypatch.chdir("/")
    assert settings.home == tmp_path / "here"


def test_every_folder_lies_in_the_home_and_none_is_another_ones(tmp_path):
    settings = HomeSettings(home=tmp_path)
    names = [name for name in dir(HomeSettings) if name.endswith("_dir")]
    folders = {getattr(settings, name) for name in names}
    assert len(folders) == len(names)
    assert {folder.parent for folder in folders} == {tmp_path}

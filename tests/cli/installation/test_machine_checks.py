import sys

import pytest

from cli.installation import machine_checks
from cli.installation.machine_checks import check_disk, check_machine, is_time_zone


def by_name(settings):
    return {check.name: check for check in check_machine(settings)}


def test_a_new_home_passes_although_no_folder_exists_yet(settings, tmp_path):
    checks = by_name(settings.model_copy(update={"home": tmp_path / "not" / "there"}))
    assert {checks[name].level for name in ("python", "time zones", "folders")} == {"ok"}
    assert not (tmp_path / "not").exists(), "a check must not create anything"


def test_a_folder_that_cannot_be_written_fails(settings, tmp_path):
    own = settings.model_copy(update={"home": tmp_path})
    # Rights do not bind root, so a file takes the place of a folder without rights.
    own.drop_dir.write_text("a file where a folder should be")
    check = by_name(own)["folders"]
    assert check.level == "fail"
    assert str(own.drop_dir) in check.found
    assert str(own.archive_dir) not in check.found
    assert "ROSTERLINE_HOME" in check.todo


@pytest.mark.parametrize(
    ("free", "level"),
    [
        (0, "fail"),
        (machine_checks.NO_DISK_BYTES - 1, "fail"),
        (machine_checks.NO_DISK_BYTES, "warn"),
        (machine_checks.LITTLE_DISK_BYTES - 1, "warn"),
        (machine_checks.LITTLE_DISK_BYTES, "ok"),
    ],
)
def test_a_disk_that_fills_up_is_reported_before_it_is_full(free, level):
    check = check_disk(free)
    assert check.level == level
    assert bool(check.todo) == (level != "ok")


def test_an_old_python_fails(settings, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    assert by_name(settings)["python"].level == "fail"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("UTC", True),
        ("America/New_York", True),
        ("America/Nowhere", False),
        ("../../etc/passwd", False),
        ("", False),
    ],
)
def test_time_zones_are_those_of_iana(name, known):
    assert is_time_zone(name) is known


def test_folders_of_patients_data_that_other_users_can_read_are_named(settings, tmp_path):
    own = settings.model_copy(update={"home": tmp_path / "home"})
    own.home.mkdir(mode=0o711)
    own.archive_dir.mkdir(mode=0o700)
    own.staging_dir.mkdir(mode=0o755)
    check = by_name(own)["privacy"]
    assert check.level == "warn"
    assert check.found == f"open to other users: {own.staging_dir}"
    assert check.todo == f"`chmod go-rwx {own.staging_dir}`"
    own.staging_dir.chmod(0o700)
    assert by_name(own)["privacy"].level == "ok"
    own.home.chmod(0o755)
    assert str(own.home) in by_name(own)["privacy"].found

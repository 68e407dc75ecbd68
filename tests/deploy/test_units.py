"""The systemd units, read by systemd itself; and what they are not allowed to do."""

import re
import shutil
import subprocess

import pytest

from tests.deploy.conftest import DEPLOY

UNITS = DEPLOY / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
MOST_EXPOSED = 20
"""In tenths, as systemd counts from 0 (closed) to 100; a unit without any limits has 96."""


@pytest.fixture(scope="module")
def analyze(tmp_path_factory):
    """`systemd-analyze` with a root folder in which the units are installed."""
    program = shutil.which("systemd-analyze") or pytest.skip("there is no systemd-analyze here")
    folder = tmp_path_factory.mktemp("units")
    shutil.copytree(UNITS, folder, dirs_exist_ok=True)

    def run(*arguments):
        return subprocess.run(
            [program, *arguments],
            env={"SYSTEMD_UNIT_PATH": f"{folder}:", "PATH": "/usr/bin:/bin"},
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run, folder


def complaints(ran):
    """What systemd says, without the programs that are not installed here."""
    missing = r"Command /srv/rosterline/\S+ is not executable: No such file or directory"
    return [line for line in ran.stderr.splitlines() if not re.search(missing, line)]


def instance(path):
    return path.name.replace("@.", "@8080.")


@pytest.mark.parametrize("path", SERVICES, ids=[each.name for each in SERVICES])
def test_systemd_understands_the_unit(analyze, path):
    run, _ = analyze
    ran = run("verify", "--man=no", "--recursive-errors=yes", f"./{instance(path)}")
    assert complaints(ran) == []


def test_systemd_understands_the_target_with_all_it_wants(analyze):
    run, _ = analyze
    assert complaints(run("verify", "--man=no", "./rosterline.target")) == []


def test_a_mistake_in_a_unit_is_found(analyze):
    run, folder = analyze
    (folder / "wrong.service").write_text("[Service]\nExecStart=/bin/true\nRestrat=always\n")
    assert complaints(run("verify", "--man=no", "./wrong.service"))


@pytest.mark.parametrize("path", SERVICES, ids=[each.name for each in SERVICES])
def test_the_unit_is_closed(analyze, path):
    run, _ = analyze
    ran = run(
        "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager",
        f"./{instance(path)}",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-300:]


def test_nothing_that_is_shared_undoes_what_a_unit_says():
    # A drop-in is read after the unit.
    shared = (UNITS / "rosterline-.service.d/shared.conf").read_text()
    of_shared = set(re.findall(r"^(\w+)=", shared, re.MULTILINE)) - {
        "Environment",
        "After",
        "Wants",
    }
    for path in SERVICES:
        assert not of_shared & set(re.findall(r"^(\w+)=", path.read_text(), re.MULTILINE))


def test_the_target_starts_every_service():
    wanted = set(re.findall(r"[\w@-]+\.service", (UNITS / "rosterline.target").read_text()))
    templates = {re.sub(r"@\d+", "@", each) for each in wanted} | {"rosterline-migrate.service"}
    assert templates == {each.name for each in SERVICES}

"""The Dockerfile: what it says of itself, and its steps carried out in a plain root folder.

The latter is for machines without a container engine: a Debian bookworm by debootstrap, the steps
of each stage in it, and services as they would run, without root and with a root that is read-only.
It takes minutes, so it is `large`: `make test-image`.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest

from tests.deploy.conftest import DEPLOY, PROJECT
from tests.ports import free_port
from tests.waiting import eventually

FILE = DEPLOY / "Dockerfile"
USER = "10001"


@dataclass
class Stage:
    """The instructions after one FROM."""

    base: str
    name: str | None
    steps: list[tuple[str, str]] = field(default_factory=list)

    def said(self, word: str) -> list[str]:
        return [rest for each, rest in self.steps if each == word]


def stages() -> list[Stage]:
    found: list[Stage] = []
    text = re.sub(r"\\\n", "", FILE.read_text())
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if line.startswith("FROM"):
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name or None))
        elif line and not line.startswith(("#", "ARG")):
            found[-1].steps.append((word, rest))
    return found


def versions(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", lock.read_text(), re.MULTILINE))


def test_the_base_is_pinned_by_a_digest():
    (base,) = re.findall(r"^ARG BASE=(.+)$", FILE.read_text(), re.MULTILINE)
    assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base)
    assert [each.base for each in stages()] == ["${BASE}", "${BASE}"]


def test_the_result_runs_as_a_user_that_is_a_number_and_not_root():
    build, final = stages()
    assert final.said("USER") == [f"{USER}:{USER}"]
    assert build.name == "build"


def test_packages_are_the_locked_ones_with_hashes_and_without_developers_tools():
    own, all_of_them = (
        versions(DEPLOY / "requirements.lock"),
        versions(PROJECT / "requirements.lock"),
    )
    assert own.items() <= all_of_them.items()
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[\w.-]+", each)[0].lower() for each in project["dependencies"]]
    assert {each.replace(".", "-") for each in names} <= set(own)
    assert not {"pytest", "ruff", "mypy", "playwright"} & set(own)
    text = (DEPLOY / "requirements.lock").read_text()
    assert len(re.findall(r"^\S+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")
    assert "://" not in text


def test_every_package_of_ours_is_copied_and_nothing_else():
    copied = [shlex.split(each) for each in stages()[0].said("COPY")]
    sources = {source for *found, _ in copied for source in found}
    packages = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]
    wanted = {each.rstrip("*") for each in packages["packages"]["find"]["include"]} | {"dbt"}
    assert wanted <= sources
    assert all((PROJECT / each).exists() for each in sources)
    assert not {"tests", "bench", "docs", ".git", "."} & sources


def test_what_is_copied_is_not_ignored_and_the_rest_is():
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    sources = {s for each in stages()[0].said("COPY") for s in shlex.split(each)[:-1]}
    assert "*" in lines
    assert sources == allowed


class Root:
    """A root folder in which steps of a Dockerfile are carried out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
        self.folder = "/"

    def carry_out(self, stage: Stage, others: dict[str, "Root"]) -> None:
        for word, rest in stage.steps:
            if word == "RUN":
                ran = self.run(["/bin/sh", "-c", rest])
                assert ran.returncode == 0, f"{rest}\n{ran.stdout}{ran.stderr}"
            elif word == "ENV":
                said = dict(each.split("=", 1) for each in shlex.split(rest))
                path = self.environment["PATH"]
                self.environment |= {k: v.replace("$PATH", path) for k, v in said.items()}
            elif word == "WORKDIR":
                self.folder = rest
                (self.path / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif word == "COPY":
                self._copy(shlex.split(rest), others)

    def _copy(self, words: list[str], others: dict[str, "Root"]) -> None:
        of = None
        if words[0].startswith("--from="):
            of = words.pop(0).removeprefix("--from=")
        *sources, target = words
        context = others[of].path if of else PROJECT
        place = self.path / os.path.join(self.folder, target).lstrip("/")  # noqa: PTH118 - may be absolute
        for each in sources:
            source = context / each.lstrip("/")
            if source.is_dir():
                shutil.copytree(
                    source, place, symlinks=True, dirs_exist_ok=True,
                    ignore=None if of else _ignored,
                )  # fmt: skip
            else:
                shutil.copy(source, place / source.name if place.is_dir() else place)

    def run(
        self,
        command: list[str],
        *,
        as_it_runs: bool = False,
        binds: tuple[str, ...] = (),
        **env: str,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.program(command, as_it_runs=as_it_runs, binds=binds),
            env=self.environment | _OF_THE_INDEX | env,
            capture_output=True, text=True, check=False, timeout=1500,
        )  # fmt: skip

    def program(
        self, command: list[str], *, as_it_runs: bool = False, binds: tuple[str, ...] = ()
    ) -> list[str]:
        """A command in this root; its mounts are gone with its last process."""
        root = shlex.quote(str(self.path))
        steps = [f"mount --rbind /dev {root}/dev", f"mount -t proc proc {root}/proc"]
        who = ""
        if as_it_runs:
            steps = [
                f"mount --bind {root} {root}", f"mount -o remount,ro,bind {root}", *steps,
                f"mount -t tmpfs -o mode=1777 tmp {root}/tmp",  # noqa: S108
                f"mount -t tmpfs -o mode=0700,uid={USER},gid={USER} home {root}/var/lib/rosterline",
            ]  # fmt: skip
            who = f"setpriv --reuid {USER} --regid {USER} --clear-groups --no-new-privs "
            who += "--bounding-set=-all "
        for each in binds:
            steps += [f"mkdir -p {root}{each}", f"mount --bind {each} {root}{each}"]
        steps.append(f"cd {root}{self.folder}")
        inside = f"cd {self.folder} && exec {who}{shlex.join(command)}"
        steps.append(f"exec chroot {root} /bin/sh -c {shlex.quote(inside)}")
        return ["unshare", "--mount", "/bin/sh", "-ec", "\n".join(steps)]


_OF_THE_INDEX = {
    name: value for name, value in os.environ.items() if fnmatch(name, "PIP_*") or "CA" in name
}
"""How this machine reaches the package index; the image itself says nothing of it."""


def _ignored(_: str, names: list[str]) -> set[str]:
    return {each for each in names if each in {"__pycache__", ".mypy_cache", "target", "logs"}}


def mirror() -> str:
    said = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(CODENAME)"],  # noqa: S607
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = [line.split("|") for line in said.splitlines()]
    return next(uri for uri, name in found if name == "bookworm")


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    """A Debian bookworm with Python, which stands for the base image."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a root folder")
    program = shutil.which("debootstrap") or pytest.skip("debootstrap is not here")
    folder = tmp_path_factory.mktemp("roots") / "debian"
    include = "--include=python3,python3-venv,python3-pip,ca-certificates"
    ran = subprocess.run(
        # In a mount namespace of its own: what it mounts is gone with it, even if it is killed.
        ["unshare", "--mount", program, "--variant=minbase", include, "bookworm", folder, mirror()],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-2000:]
    for each in ("etc/pip.conf", "etc/resolv.conf"):
        if Path("/", each).exists():
            shutil.copy(Path("/", each), folder / each)
    for name, value in _OF_THE_INDEX.items():
        if "/" in value and Path(value).is_file():
            place = folder / value.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(value, place)
        assert name
    return folder


@pytest.fixture(scope="module")
def image(debian):
    """The root of the last stage."""
    made: dict[str, Root] = {}
    for number, stage in enumerate(stages()):
        root = Root(debian.with_name(f"stage-{number}"))
        subprocess.run(["cp", "-a", "--reflink=auto", debian, root.path], check=True)  # noqa: S607
        root.carry_out(stage, made)
        made[stage.name or "final"] = root
    return made["final"]


@pytest.mark.large
def test_the_image_is_built_and_its_root_cannot_be_written(image):
    ran = image.run(["rosterline", "--version"], as_it_runs=True)
    assert ran.returncode == 0, ran.stderr
    tried = image.run(["/bin/sh", "-c", "id -u; touch /srv/rosterline/x"], as_it_runs=True)
    assert tried.stdout == f"{USER}\n"
    assert "Read-only file system" in tried.stderr
    kept = image.run(["/bin/sh", "-c", "touch /var/lib/rosterline/x /tmp/x"], as_it_runs=True)
    assert kept.returncode == 0, kept.stderr


@pytest.mark.large
def test_developers_tools_and_tests_are_not_in_it(image):
    here = image.path / "srv/rosterline"
    assert not (here / "tests").exists()
    assert not (here / ".venv/bin/pytest").exists()
    assert sorted(here.glob("dbt/target/parsed-*")), "the marts' manifest is made in advance"
    size = subprocess.run(["du", "-sm", here], capture_output=True, text=True, check=True).stdout  # noqa: S607
    assert int(size.split()[0]) < 1500


@pytest.mark.large
def test_the_doors_answer_from_it(image, settings):
    """Migration and API, against a real PostgreSQL over its socket."""
    (folder,) = re.findall(r"host=([^&]+)", settings.database_url.replace("%2F", "/"))
    port = free_port()
    given = {
        "ROSTERLINE_DATABASE_URL": settings.database_url,
        "ROSTERLINE_HTTP_PORT": str(port),
        "ROSTERLINE_METRICS_PORT": str(free_port()),
    }
    os.chmod(folder, 0o777)  # noqa: S103, PTH101 - another user connects from the image
    migrated = image.run(["rosterline", "migrate"], as_it_runs=True, binds=(folder,), **given)
    assert migrated.returncode == 0, migrated.stderr
    service = subprocess.Popen(
        image.program(["python", "-m", "gateway.api"], as_it_runs=True, binds=(folder,)),
        env=image.environment | given,
    )
    try:
        url = f"http://127.0.0.1:{port}/health"
        assert json.loads(eventually(lambda: _body(url), 180)) == {"status": "ok"}
        metrics = f"http://127.0.0.1:{given['ROSTERLINE_METRICS_PORT']}/metrics"
        assert "rosterline_http_request_seconds_count" in (_body(metrics) or "")
    finally:
        service.terminate()
        service.wait(30)


def _body(url: str) -> str | None:
    try:
        return httpx.get(url).raise_for_status().text
    except httpx.HTTPError:
        return None

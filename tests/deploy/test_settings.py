"""Every setting that a file of deploy/ names exists, and the values there can be read."""

import re

import pytest
import yaml

from registry.settings import Settings
from tests.deploy.conftest import DEPLOY, PROJECT, SETTINGS

TEXTS = sorted(
    path for path in DEPLOY.rglob("*")
    if path.is_file() and path.suffix not in {".lock", ".pyc"}
)  # fmt: skip
OF_COMPOSE = {"ROSTERLINE_IMAGE"}
"""Variables that only choose what compose starts."""
OF_PROCESSES = set(
    re.findall(r"ROSTERLINE_\w+", (PROJECT / "pipelines/process_environment.py").read_text())
)


@pytest.mark.parametrize("path", TEXTS, ids=[str(each.relative_to(DEPLOY)) for each in TEXTS])
def test_every_setting_that_is_named_exists(path):
    named = set(re.findall(r"\bROSTERLINE_[A-Z0-9_]*[A-Z0-9]\b", path.read_text()))
    assert named - SETTINGS - OF_COMPOSE - OF_PROCESSES == set()


def read(monkeypatch, values):
    for name, value in values.items():
        if name.startswith("ROSTERLINE_"):
            monkeypatch.setenv(name, re.sub(r"\$\{\w+:?[-?]?([^}]*)\}", r"\1", str(value)))
    return Settings()


def test_the_settings_of_compose_can_be_read(compose, monkeypatch):
    given = compose["x-service"]["environment"] | {
        "ROSTERLINE_PUBLIC_URL": "https://rosters.example",
        "ROSTERLINE_METRICS_TOKEN": "sixteen-characters",
    }
    found = read(monkeypatch, given)
    assert found.metrics_port == 9464
    assert str(found.home) == "/var/lib/rosterline"


def test_the_settings_of_the_units_can_be_read(monkeypatch):
    lines = (DEPLOY / "systemd/environment.example").read_text().splitlines()
    pairs = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for unit in (DEPLOY / "systemd").glob("*.service"):
        said = re.findall(r"^Environment=(ROSTERLINE_\w+)=(.*)$", unit.read_text(), re.MULTILINE)
        found = read(monkeypatch, pairs | {name: text.replace("%i", "8080") for name, text in said})
        assert found.public_url == "https://rosters.example"


def test_the_settings_of_the_chart_can_be_read(monkeypatch):
    values = yaml.safe_load((DEPLOY / "helm/rosterline/values.yaml").read_text())
    assert read(monkeypatch, values["settings"]).log_format == "json"


def test_a_setting_that_does_not_exist_is_found():
    assert "ROSTERLINE_METRICS_PORT" in SETTINGS
    assert "ROSTERLINE_METRIC_PORT" not in SETTINGS | OF_COMPOSE | OF_PROCESSES

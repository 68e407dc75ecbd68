"""Prometheus's files and Grafana's board: they are valid, and name only metrics that exist."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.deploy.conftest import DEPLOY, PROJECT

RULES = DEPLOY / "prometheus/rules.yaml"
BOARD = json.loads((DEPLOY / "grafana/rosterline.json").read_text())
OF_PROMETHEUS = {"up", "process_resident_memory_bytes"}

NAMES = """
import json
from prometheus_client import REGISTRY
from registry.telemetry import instruments
from cli.services.figures import Figures
from registry.settings import Settings
names = {s.name for m in REGISTRY.collect() for s in m.samples} | set(REGISTRY._names_to_collectors)
print(json.dumps(sorted(names)))
"""


@pytest.fixture(scope="module")
def existing():
    """Names of samples: those of processes, and those that the figures are made of."""
    ran = subprocess.run(
        [sys.executable, "-c", NAMES], capture_output=True, check=True, cwd=PROJECT
    )
    source = (PROJECT / "cli/services/figures.py").read_text()
    figures = set(re.findall(r'"(rosterline_\w+)"', source))
    return set(json.loads(ran.stdout)) | figures | {f"{each}_total" for each in figures}


def metrics_of(expression):
    """Names of metrics in an expression of PromQL."""
    without = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]', "", expression)
    without = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", without)
    return set(re.findall(r"\b(?:rosterline[\w:]*|process_\w+|up)\b", without))


def rules():
    return [r for group in yaml.safe_load(RULES.read_text())["groups"] for r in group["rules"]]


def expressions():
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in BOARD["panels"] for target in panel["targets"])


def test_rules_and_board_name_only_metrics_that_exist(existing):
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    known = existing | recorded | OF_PROMETHEUS
    assert {each: missing for each in expressions() if (missing := metrics_of(each) - known)} == {}


def test_a_metric_that_does_not_exist_would_be_found(existing):
    assert metrics_of('sum by (le) (rate(rosterline_gone_total{a="b"}[5m]))') - existing == {
        "rosterline_gone_total"
    }


def test_every_metric_of_ours_is_on_the_board(existing):
    shown = set().union(*(metrics_of(each) for each in expressions()))
    families = {re.sub(r"_(bucket|count|sum|total|created|info)$", "", each) for each in existing}
    ours = {each for each in families if each.startswith("rosterline_")} - {"rosterline_build"}
    seen = {re.sub(r"_(bucket|count|sum|total)$", "", each) for each in shown}
    assert ours - seen == set()


def test_panels_of_the_board_do_not_overlap_and_have_ids_of_their_own():
    taken = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


@pytest.fixture
def promtool():
    return shutil.which("promtool") or pytest.skip("promtool (Debian's prometheus) is not here")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_promtool_takes_the_rules_and_their_own_tests(promtool):
    checked = run(promtool, "check", "rules", RULES)
    assert checked.returncode == 0, checked.stderr
    tested = run(promtool, "test", "rules", DEPLOY / "prometheus/rules_test.yaml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_promtool_takes_the_scrape_configuration(promtool, tmp_path):
    text = (DEPLOY / "prometheus/prometheus.yaml").read_text()
    own = tmp_path / "prometheus.yaml"
    own.write_text(text.replace("/etc/prometheus/", f"{DEPLOY}/prometheus/"))
    checked = run(promtool, "check", "config", "--syntax-only", own)
    assert checked.returncode == 0, checked.stderr


def test_promtool_reads_every_expression_of_the_board(promtool, tmp_path):
    found = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
    file = tmp_path / "board.yaml"
    each = [{"record": f"board:{number}", "expr": expr} for number, expr in enumerate(found)]
    file.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": each}]}))
    checked = run(promtool, "check", "rules", file)
    assert checked.returncode == 0, checked.stderr


def test_prometheus_scrapes_each_service_of_compose_that_has_metrics(compose):
    scrape = yaml.safe_load((DEPLOY / "prometheus/prometheus.yaml").read_text())
    targets = scrape["scrape_configs"][0]["static_configs"][0]["targets"]
    assert {each.split(":")[0] for each in targets} <= set(compose["services"])
    assert {each.split(":")[1] for each in targets} == {
        compose["x-service"]["environment"]["ROSTERLINE_METRICS_PORT"]
    }

"""Traces: when they are sent, what they hold, and that they never hold up what is traced."""

import json
import os
import subprocess
import sys
from uuid import UUID

import pytest

from registry.telemetry.spans import trace_of
from tests.otlp import receiving_traces
from tests.ports import free_port

IMPORT = UUID("01a1fff5-9e53-7000-8000-2533b1138915")


def run(code, **variables):
    """What a fresh process prints, as JSON; it traces as its environment says."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=plain | variables, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout or "null"), ran.stderr


WORK = """
import logging
from registry.telemetry.spans import span, trace_of, tracing
from uuid import UUID
logging.basicConfig()
with tracing("test"):
    with span("outer", "server", {parent!r}) as outer:
        outer.say({{"http.route": "/a/{{id}}", "rosterline.rows": 3, "rosterline.fault": None}})
        outer.name("GET /a/{{id}}")
        try:
            with span("inner") as inner:
                raise ValueError("qzxk a value")
        except ValueError:
            pass
"""


@pytest.fixture
def receiver():
    with receiving_traces() as own:
        yield own


def test_without_an_endpoint_nothing_of_opentelemetry_is_loaded():
    code = WORK.format(parent=None) + (
        "import json, sys\nprint(json.dumps([m for m in sys.modules if 'opentelemetry' in m]))"
    )
    loaded, _ = run(code)
    assert loaded == []


@pytest.mark.parametrize(
    "off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}], ids=str
)
def test_the_standard_variables_switch_it_off(receiver, off):
    run(WORK.format(parent=None), OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **off)
    assert receiver.spans == []


def test_a_collector_gets_spans_with_their_parents_and_without_texts(receiver):
    run(WORK.format(parent=trace_of(IMPORT)), OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    (outer,), (inner,) = receiver.named("GET /a/{id}"), receiver.named("inner")
    assert outer.trace_id == inner.trace_id == IMPORT.hex
    assert inner.span.parent_span_id == outer.span.span_id
    assert outer.said == {"http.route": "/a/{id}", "rosterline.rows": 3}
    assert (outer.failed, inner.failed) == (False, True)
    assert outer.service == "rosterline-test"
    assert not any("qzxk" in each for each in receiver.bodies)


def test_neither_events_nor_messages_nor_command_lines_are_sent(receiver):
    run(
        WORK.format(parent=None),
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
        OTEL_EXPERIMENTAL_RESOURCE_DETECTORS="process,os,host",
    )
    for each in receiver.spans:
        assert (list(each.span.events), each.span.status.message) == ([], "")
        assert set(each.resource) == {"service.name", "service.version"}


def test_names_of_the_service_and_further_attributes_come_from_the_environment(receiver):
    run(
        WORK.format(parent=None),
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{receiver.url}/v1/traces",
        OTEL_SERVICE_NAME="clinic",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test",
    )
    assert {each.service for each in receiver.spans} == {"clinic"}
    assert receiver.spans[0].resource["deployment.environment.name"] == "test"


@pytest.mark.parametrize(
    "parent", ["qzxk", "00-qzxk-qzxk-01", "", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "é" * 400]
)
def test_a_caller_cannot_send_text_as_its_trace(receiver, parent):
    run(WORK.format(parent=parent), OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    (outer,) = receiver.named("GET /a/{id}")
    assert outer.span.parent_span_id == b""
    assert outer.span.trace_state == ""
    assert not any("qzxk" in each for each in receiver.bodies)


def test_an_attribute_that_is_not_declared_is_refused(receiver):
    code = """
import json
from registry.telemetry.spans import span, tracing
with tracing("test"), span("outer") as outer:
    try:
        outer.say({"file.name": "roster.csv"})
    except ValueError as error:
        print(json.dumps(str(error)))
"""
    said, _ = run(code, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    assert said == "no attributes of spans: ['file.name']"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100000")],
)
def test_a_variable_that_cannot_be_used_is_told_and_the_work_goes_on(receiver, variable, value):
    _, log = run(
        WORK.format(parent=None), OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **{variable: value}
    )
    assert "nothing is traced" in log
    assert receiver.spans == []


def test_a_collector_that_is_away_delays_the_end_by_two_seconds_at_most():
    code = "import time, json\nbegan = time.monotonic()\n" + WORK.format(parent=None)
    code += "print(json.dumps(time.monotonic() - began))"
    took, _ = run(code, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    assert took < 10  # with the libraries, on a busy machine; the exporter alone tries for 10 s

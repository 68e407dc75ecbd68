"""Logs of a service, as a collector reads them."""

import json
import subprocess
import sys

import pytest

ID = "01a21485-bb08-7df1-89fd-d348ef2631a6"

SERVICE = f"""
import logging
from registry.logs import set_up_logs
from registry.settings import Settings
set_up_logs(Settings())
log = logging.getLogger("a.service")
log.info("stage done: import={ID} attempt=%d", 1)
log.warning("about\\nnothing %s", "in particular")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("it broke")
"""


@pytest.fixture
def lines(monkeypatch):
    def of(log_format):
        monkeypatch.setenv("ROSTERLINE_LOG_FORMAT", log_format)
        ran = subprocess.run(
            [sys.executable, "-c", SERVICE], capture_output=True, text=True, check=True
        )
        return ran.stderr.splitlines()

    return of


def test_in_json_each_record_is_one_line_and_names_its_import(lines):
    first, second, third = (json.loads(line) for line in lines("json"))
    assert first["import_id"] == ID
    assert (first["level"], first["logger"]) == ("INFO", "a.service")
    assert "import_id" not in second
    assert second["message"] == "about\nnothing in particular"
    assert "ZeroDivisionError" in third["exception"]


def test_in_text_a_line_begins_with_its_time_level_and_logger(lines):
    assert lines("text")[0].split(" ", 2)[2] == f"INFO a.service stage done: import={ID} attempt=1"

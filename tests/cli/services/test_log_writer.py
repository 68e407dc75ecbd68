"""The logs of services: rotated without losing a line, and as JSON whatever wrote the line."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from cli.services import background
from cli.services.listening import API, addresses, answers
from cli.services.log_writer import as_object
from cli.services.programs import log_writer_of
from registry.settings import Settings
from tests.waiting import eventually

IMPORT = "01a21aa3-42fe-7bfc-88ba-f5bac8fd1824"
WRITES_LINES = """
import os, sys
for number in range(int(sys.argv[2])):
    os.write(1, f"{sys.argv[1]} {number} {'x' * (number % 200)}\\n".encode())
"""


@pytest.fixture
def logs(tmp_path):
    own = Settings(home=tmp_path, log_max_bytes=20_000, log_files=99)
    own.log_dir.mkdir()
    return own


def written(settings, name="api"):
    """All lines of a log and of its rotated ones, the oldest first."""
    paths = settings.log_dir.glob(f"{name}.log*")
    by_age = sorted(paths, key=lambda path: -int(path.suffix.strip(".log") or 0))
    return [line for path in by_age for line in path.read_text().splitlines()]


def write(settings, *programs):
    """Let these programs write into one log at a time, as a service and its runs do."""
    output, end = os.pipe()
    with subprocess.Popen(log_writer_of(settings, settings.log_dir / "api.log"), stdin=output):
        os.close(output)
        running = [subprocess.Popen([sys.executable, *each], stdout=end) for each in programs]
        os.close(end)
        for each in running:
            assert each.wait() == 0


def test_no_line_is_lost_or_doubled_while_the_log_is_rotated(logs):
    names, each = "abcd", 3_000
    write(logs, *(("-c", WRITES_LINES, name, str(each)) for name in names))
    lines = written(logs)
    assert len(list(logs.log_dir.iterdir())) > 10
    for name in names:
        own = [int(line.split()[1]) for line in lines if line.startswith(name)]
        assert own == list(range(each))
    assert len(lines) == len(names) * each


def test_only_so_many_rotated_logs_are_kept_the_newest_first(logs):
    few = logs.model_copy(update={"log_files": 2, "log_max_bytes": 5_000})
    write(few, ("-c", WRITES_LINES, "a", "1000"))
    assert {path.name for path in few.log_dir.iterdir()} == {"api.log", "api.log.1", "api.log.2"}
    assert all(path.stat().st_size <= 5_000 for path in few.log_dir.iterdir())
    numbers = [int(line.split()[1]) for line in written(few)]
    assert numbers == list(range(numbers[0], 1000))


def test_a_writer_goes_on_in_the_file_that_another_one_has_rotated(logs):
    """A run that outlived its code server has the former writer, the new server one of its own."""
    commands = [log_writer_of(logs, logs.log_dir / "api.log") for _ in range(2)]
    writers = [subprocess.Popen(each, stdin=subprocess.PIPE, text=True) for each in commands]
    for number in range(2_000):
        writers[number % 2].stdin.write(f"{number % 2} {number}\n")
    for writer in writers:
        writer.stdin.close()
        assert writer.wait() == 0
    assert sorted(int(line.split()[1]) for line in written(logs)) == list(range(2_000))


@pytest.mark.parametrize(
    ("line", "level", "import_id"),
    [
        ("Traceback (most recent call last):", "INFO", None),
        (
            "2026-11-27 01:07:13 +0000 - dagster - DEBUG - a_job - RUN_START - Started",
            "DEBUG",
            None,
        ),
        (f"2026-11-27 01:07 WARNING a.b left alone: import={IMPORT} why", "WARNING", IMPORT),
        ("[1, 2]", "INFO", None),
        ('{"half": ', "INFO", None),
        ("caf\udce9 \x1b[31mred\x1b[0m", "INFO", None),
    ],
)
def test_a_line_that_is_no_object_becomes_the_message_of_one(line, level, import_id):
    raw = line.encode(errors="surrogateescape")
    made = as_object(raw + b"\n", "code")
    assert made.count(b"\n") == 1
    said = json.loads(made)
    assert said["message"] == raw.decode(errors="replace")
    assert (said["level"], said["logger"], said.get("import_id")) == (level, "code", import_id)


def test_an_object_stays_as_it_is_but_for_the_import_that_it_is_about():
    plain = b'{"event": "a tick", "level": "warning"}\n'
    assert as_object(plain, "daemon") == plain
    about = json.dumps({"event": f"stage done: import={IMPORT} attempt=1"}).encode() + b"\n"
    assert json.loads(as_object(about, "daemon")) == json.loads(about) | {"import_id": IMPORT}


@pytest.mark.slow
def test_each_request_of_a_real_service_is_a_line_of_json_once_while_its_log_is_rotated(home):
    own = home.model_copy(update={"log_format": "json", "log_max_bytes": 4_000, "log_files": 99})
    own.dagster_dir.mkdir(parents=True)
    background.launch(own, API, os.environ | own.as_environment())
    try:
        eventually(lambda: answers(own, API))
        address = f"{addresses(own)[API]}/medical/v1/patient/bulk"

        def call(number):
            request = urllib.request.Request(address, method="DELETE" if number % 2 else "PATCH")
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(request, timeout=30)

        with ThreadPoolExecutor(4) as callers:
            list(callers.map(call, range(400)))
    finally:
        background.stop(own)
    lines = eventually(lambda: complete(own))
    methods = Counter(
        found[1]
        for line in lines
        if (found := re.search(r"method=(DELETE|PATCH)", json.loads(line)["message"]))
    )
    assert methods == {"DELETE": 200, "PATCH": 200}
    assert len(list(own.log_dir.glob("api.log.*"))) > 5


def complete(settings):
    """All lines, once the service's last one is there."""
    lines = written(settings)
    return lines if any("Finished server process" in line for line in lines) else None

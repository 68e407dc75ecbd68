"""The destinations of events, and that their faults do not affect an import."""

import json
import logging
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assets.lineage_events import sending
from assets.lineage_events.ended import read_ended
from assets.lineage_events.events import events_of
from assets.lineage_events.publish import publish
from tests.assets.lineage_events.conftest import JOB, lines, work_of
from tests.files import john, maria
from tests.ports import free_port

APPEND = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from openlineage.client.event_v2 import Job, Run, RunEvent
from assets.lineage_events.sending import append
from registry.settings import Settings

settings = Settings(home=Path(sys.argv[1]))
now = datetime.now(UTC)
event = RunEvent(
    eventTime=now.isoformat(), run=Run(str(uuid4())), job=Job("rosterline", "x" * 100_000)
)
for _ in range(int(sys.argv[2])):
    append(settings, [event, event], now)
"""
"""A process that appends two events at a time."""


@pytest.fixture(autouse=True)
def _no_pause_of_another_test():
    sending.collector.cache_clear()


def made(clinic, done):
    return events_of(read_ended(clinic.connection, work_of(done)), JOB)


def sending_to(clinic, url, **changes):
    return clinic.settings.model_copy(update={"openlineage_url": url} | changes)


def remove_archived(clinic, done):
    for path in clinic.settings.archive_dir.rglob(f"*{done.imported.sha256[-8:]}*"):
        path.unlink()


class TestFile:
    @pytest.mark.dated
    def test_each_event_is_a_line_of_this_months_file(self, clinic):
        months = [f"{datetime.now(UTC):%Y-%m}"]
        publish(clinic.settings, [work_of(clinic.send(0, maria()))], JOB)
        publish(clinic.settings, [work_of(clinic.send(1, john()))], JOB)
        months.append(f"{datetime.now(UTC):%Y-%m}")  # another one where a month ends meanwhile
        events = [json.loads(line) for line in lines(clinic.settings)]
        assert [each["eventType"] for each in events] == ["START", "COMPLETE"] * 2
        paths = list(clinic.settings.lineage_dir.iterdir())
        assert {path.name for path in paths} <= {f"openlineage-{each}.ndjson" for each in months}
        assert {path.stat().st_mode & 0o077 for path in paths} == {0}

    def test_the_setting_off_makes_no_events(self, clinic):
        off = clinic.settings.model_copy(update={"openlineage": False})
        publish(off, [work_of(clinic.send(0, maria()))], JOB)
        assert not clinic.settings.lineage_dir.exists()

    def test_a_folder_that_cannot_be_written_is_logged_and_nothing_more(self, clinic, caplog):
        done = clinic.send(0, maria())
        clinic.settings.lineage_dir.write_text("a file where the folder should be")
        publish(clinic.settings, [work_of(done)], JOB)
        assert "OpenLineage events are not complete: FileExistsError" in caplog.text

    def test_events_need_no_bytes_where_the_layout_was_kept(self, clinic, caplog):
        done = clinic.send(0, maria())
        remove_archived(clinic, done)
        publish(clinic.settings, [work_of(done)], JOB)
        assert caplog.text == ""
        assert len(lines(clinic.settings)) == 2

    def test_one_without_layout_and_bytes_does_not_keep_the_others_from_theirs(
        self, clinic, caplog
    ):
        """Attempts from before layouts were kept have none."""
        gone, there = clinic.send(0, maria()), clinic.send(1, john())
        remove_archived(clinic, gone)
        without_layout = replace(work_of(gone), kept_layout=None)
        publish(clinic.settings, [without_layout, work_of(there)], JOB)
        assert "StorageUnavailable" in caplog.text
        assert {json.loads(line)["eventType"] for line in lines(clinic.settings)} == {
            "START", "COMPLETE",
        }  # fmt: skip
        assert len(lines(clinic.settings)) == 2

    def test_events_with_a_kept_layout_do_not_need_the_archived_file(self, clinic):
        done = clinic.send(0, maria())
        for path in clinic.settings.archive_dir.rglob(f"*{done.imported.sha256[-8:]}*"):
            path.unlink()
        publish(clinic.settings, [work_of(done)], JOB)
        assert len(lines(clinic.settings)) == 2

    def test_lines_of_many_processes_stay_whole(self, clinic):
        """As runs append that end at the same time; the lines are longer than a pipe's buffer."""
        processes, times = 3, 40
        command = [sys.executable, "-c", APPEND, str(clinic.settings.home), str(times)]
        children = [subprocess.Popen(command) for _ in range(processes)]
        assert [child.wait() for child in children] == [0] * processes
        found = [json.loads(line) for line in lines(clinic.settings)]
        assert len(found) == processes * times * 2
        assert {len(each["job"]["name"]) for each in found} == {100_000}


class TestCollector:
    def test_the_collector_gets_the_events_of_the_file_in_their_order(self, clinic, collector):
        works = [work_of(clinic.send(day, maria(score=str(day)))) for day in range(3)]
        publish(sending_to(clinic, collector.url), works, JOB)
        assert collector.events == [json.loads(line) for line in lines(clinic.settings)]
        assert {path for path, _, _ in collector.came} == {"/api/v1/lineage"}
        assert not any("Authorization" in headers for _, headers, _ in collector.came)

    def test_a_given_path_and_key_are_used(self, clinic, collector):
        settings = sending_to(clinic, f"{collector.url}/events/here", openlineage_api_key="k-1")
        publish(settings, [work_of(clinic.send(0, maria()))], JOB)
        path, headers, _ = collector.came[0]
        assert (path, headers["Authorization"]) == ("/events/here", "Bearer k-1")

    def test_a_collector_that_refuses_pauses_sending(self, clinic, collector, caplog):
        collector.status = 503
        settings = sending_to(clinic, collector.url)
        done = clinic.send(0, maria())
        for _ in range(3):
            publish(settings, [work_of(done)], JOB)
        assert len(collector.came) == 1
        assert len(lines(clinic.settings)) == 6
        assert caplog.text.count("not sent for 300 s: HTTPError") == 1

    def test_a_collector_that_is_down_takes_no_time_and_the_file_has_the_events(
        self, clinic, caplog
    ):
        settings = sending_to(clinic, f"http://127.0.0.1:{free_port()}")
        done = clinic.send(0, maria())
        publish(settings, [work_of(done)], JOB)
        assert "not sent for 300 s: ConnectionError" in caplog.text
        assert len(lines(clinic.settings)) == 2

    def test_a_hanging_collector_is_waited_for_once_and_not_for_each_event(
        self, clinic, collector, caplog
    ):
        collector.hang = 2.0
        events = made(clinic, clinic.send(0, maria())) * 4
        start = time.monotonic()
        sending.Collector(collector.url, answer_seconds=0.3).send(events)
        assert time.monotonic() - start < collector.hang
        assert "not sent for 300 s" in caplog.text
        assert len(collector.came) == 1

    def test_after_the_pause_events_are_sent_again(self, clinic, collector):
        collector.status = 500
        events = made(clinic, clinic.send(0, maria()))
        paused = sending.Collector(collector.url, pause_seconds=0.1)
        paused.send(events)
        collector.status = 200
        paused.send(events)
        assert len(collector.came) == 1
        time.sleep(0.15)
        paused.send(events)
        assert len(collector.came) == 3

    def test_no_key_and_no_address_with_a_password_reaches_the_log(self, clinic, collector, caplog):
        caplog.set_level(logging.DEBUG)
        collector.status = 401
        settings = sending_to(clinic, collector.url, openlineage_api_key="qzxk-key")
        publish(settings, [work_of(clinic.send(0, maria()))], JOB)
        assert "HTTPError" in caplog.text
        assert "qzxk-key" not in caplog.text
        assert "qzxk-key" not in repr(settings)

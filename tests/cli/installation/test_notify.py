"""`rosterline notify test`, as an operator types it."""

import json

import pytest

from tests.collector import running_collector
from tests.mailbox import running_mailbox


@pytest.fixture
def channels(monkeypatch):
    with running_mailbox() as mailbox, running_collector() as collector:
        urls = f"{mailbox.address} {collector.url.replace('http', 'json')}/hook"
        monkeypatch.setenv("ROSTERLINE_NOTIFY_URLS", urls)
        yield mailbox, collector


def test_a_test_message_goes_over_each_channel(rosterline, channels):
    mailbox, collector = channels
    ran = rosterline("notify", "test")
    assert ran.exit_code == 0, ran.output
    assert [subject for subject, _ in mailbox.came] == ["Rosterline: test"]
    assert [event["title"] for event in collector.events] == ["Rosterline: test"]


def test_a_channel_that_does_not_take_it_is_named_and_the_command_fails(rosterline, channels):
    mailbox, collector = channels
    collector.status = 403
    ran = rosterline("notify", "test", "--json")
    assert ran.exit_code == 1
    faults = {said["channel"].partition(":")[0]: said["fault"] for said in json.loads(ran.stdout)}
    assert faults["mailto"] is None
    assert "403" in faults["json"]
    assert len(mailbox.came) == 1


def test_without_a_channel_the_command_says_which_setting_names_them(rosterline):
    ran = rosterline("notify", "test")
    assert ran.exit_code == 1
    assert "ROSTERLINE_NOTIFY_URLS" in ran.stderr

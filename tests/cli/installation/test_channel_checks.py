"""What the doctor says of the channels over which operators are told."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from cli.installation.channel_checks import check_channels
from registry.notifications.channels import channels_of
from registry.notifications.told import Due, note

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def told(database):
    urls = SecretStr("json://127.0.0.1:9/hook/secret-token")
    return database.model_copy(update={"notify_urls": urls})


def verdicts(settings, connection):
    return [(each.level, each.found) for each in check_channels(settings, connection)]


def test_without_a_channel_nothing_is_said(connection, database):
    assert verdicts(database, connection) == []


def test_a_channel_that_took_the_last_message_is_well(connection, told):
    (channel,) = channels_of(told)
    note(connection, [Due("failed a", channel.id, 0)], NOON, "refused")
    note(connection, [Due("failed a", channel.id, 1)], NOON.replace(hour=13))
    assert verdicts(told, connection) == [("ok", "1 channels, none refused the last message")]


def test_one_that_took_no_message_is_named_with_the_reason_and_without_its_token(connection, told):
    (channel,) = channels_of(told)
    note(connection, [Due("failed a", channel.id, 0)], NOON, "connection refused")
    ((state, found),) = verdicts(told, connection)
    assert state == "fail"
    assert "took no message: connection refused; 1 wait" in found
    assert "secret-token" not in found


def test_an_address_that_cannot_be_read_is_a_failure(connection, database):
    broken = database.model_copy(update={"notify_urls": SecretStr("gopher://x")})
    ((state, found),) = verdicts(broken, connection)
    assert (state, found) == ("fail", "the channels cannot be read")

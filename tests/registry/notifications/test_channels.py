"""Channels: what they say of a failure, and what they never say."""

import pytest

from registry.notifications.channels import Channel, channels_of
from registry.settings import Settings
from schemas.errors import NotAllowed
from tests.mailbox import running_mailbox
from tests.ports import free_port


@pytest.mark.parametrize(
    "address",
    [
        "mailto://bob:s3cr%20tpw@127.0.0.1:{port}?from=a@b.example&to=c@d.example",
        "json://127.0.0.1:{port}/s3cr%20tpw?+X-Token=s3cr%20tpw",
        "jsons://bob:s3cr%20tpw@127.0.0.1:{port}/",
        "mmost://127.0.0.1:{port}/s3crtpws3crtpws3crtpw",
    ],
)
def test_neither_the_name_of_a_channel_nor_its_fault_holds_a_secret(address):
    channel = Channel(address.format(port=free_port()))
    fault = channel.send("title", "body")
    assert fault
    assert "s3cr" not in channel.name + fault


def test_a_refusal_is_said_with_its_reason():
    with running_mailbox() as mailbox:
        mailbox.refuses = "550 no such clinic"
        fault = Channel(mailbox.address).send("title", "body")
    assert fault
    assert fault.startswith("Sending email to")


@pytest.mark.parametrize("wrong", ["s3cret", "nosuch://s3cret", "slack://s3cret"])
def test_an_address_that_cannot_be_read_is_refused_without_being_quoted(wrong):
    with pytest.raises(NotAllowed) as refused:
        channels_of(Settings(notify_urls=wrong))
    assert "ROSTERLINE_NOTIFY_URLS" in str(refused.value)
    assert "://s3cret" not in str(refused.value)


def test_settings_never_show_the_addresses():
    settings = Settings(notify_urls="json://s3cr3t@host")
    assert "s3cr3t" not in repr(settings)
    assert settings.as_environment()["ROSTERLINE_NOTIFY_URLS"] == "json://s3cr3t@host"


def test_the_same_address_has_the_same_id_always():
    one, other = (Channel("json://127.0.0.1/a") for _ in range(2))
    assert one.id == other.id
    assert Channel("json://127.0.0.1/b").id != one.id

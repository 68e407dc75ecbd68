"""Where webhooks may go: to addresses that there can be, and not into networks of ours."""

import pytest

from gateway.webhooks.allowed_targets import is_public
from tests.gateway.api.conftest import calling, serving


@pytest.mark.parametrize(
    "url",
    [
        "ftp://receiver.example/",
        "https://",
        "https:///path",
        "not a url",
        "https://user:password@receiver.example/",
        "file:///etc/passwd",
        "https://receiver.example/\u0000",
        "https://receiver.example:0/",
        "https://receiver.example:65536/",
        "https://]/",
        "https://[zz]/",
        "https://a b/",
    ],
)
def test_what_is_no_address_is_refused(client, url):
    assert client.post("/settings", json={"webhookUrl": url}).status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://0/",
    ],
)
def test_private_targets_are_refused_and_never_connected_to(database, connection, account, url):
    with serving(database) as api, calling(api, connection, account) as client:
        said = client.post("/settings", json={"webhookUrl": url}).json()
        assert said["webhookEnabled"] is False
        assert said["webhookStatusDetail"] in (
            "the host of webhookUrl is in a private network",
            "the host of webhookUrl cannot be found",
        )
        plain = client.post("/settings", json={"webhookUrl": "http://receiver.example/"})
        assert plain.status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.1.2.3", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_of_our_networks_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)

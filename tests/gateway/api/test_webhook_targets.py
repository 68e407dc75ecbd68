"""Addresses for webhooks that the API refuses, or keeps without connecting to them."""

import pytest

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
def test_an_invalid_address_is_refused(client, url):
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

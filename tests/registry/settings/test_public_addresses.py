"""Settings of the SFTP server and of HTTP: the addresses that customers are given."""

import socket

import pytest

from registry.settings.http import HttpSettings
from registry.settings.sftp import SftpSettings


def test_customers_are_given_the_public_host_name_where_there_is_one():
    assert SftpSettings(sftp_public_host="sftp.example").sftp_host_for_customers == "sftp.example"
    assert SftpSettings().sftp_host_for_customers == socket.getfqdn()


@pytest.mark.parametrize(
    ("public", "api_url"),
    [(None, "http://127.0.0.1:8081"), ("https://api.example/r/", "https://api.example/r")],
)
def test_callers_reach_the_api_at_the_public_address_where_there_is_one(public, api_url):
    assert HttpSettings(http_port=8081, public_url=public).api_url == api_url

"""Where webhooks may go, without sending any."""

import asyncio
import socket

import pytest

from gateway.webhooks.allowed_targets import TargetRefused, is_public, parse, resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.1.2.3", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
        # IPv4 in IPv6: compatible, translated (SIIT), mapped, local NAT64, tunnels (ISATAP)
        "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "::ffff:8.8.8.8",
        "64:ff9b:1::10.0.0.1", "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:8.8.8.8",
        # site-local, discarded, documentation, SRv6, reserved, other kinds of multicast
        "fec0::1", "feff::1", "100::1", "2001:db8::1", "3fff::1", "5f00::1", "4000::1", "ff05::2",
        "ff0e::1", "2606:4700::1111%lo",
        # protocol assignments, parts of which are called globally reachable
        "192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.170", "192.31.196.1",
        "192.52.193.1", "192.88.99.1", "192.175.48.1", "2001:1::1", "2001:1::2", "2001:3::1",
        "2001:4:112::1", "2001:20::1", "2001:30::1", "2620:4f:8000::1",
        # documentation, benchmarks, reserved, and both ends of blocks
        "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1", "100.127.255.255",
        "172.31.255.255", "239.255.255.255", "fdff::1", "febf::1",
    ],
)  # fmt: skip
def test_addresses_of_our_networks_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1",
        "192.167.0.1", "198.20.0.1", "223.255.255.1", "2606:4700::1111", "2a00:1450::1",
        "2001:200::1", "2620:4f:8001::1", "2003::1",
    ],
)  # fmt: skip
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


class TestParse:
    @pytest.mark.parametrize(
        "url",
        [
            "https://receiver.example/",
            "https://receiver.example:8443/hook?account=1",
            "https://münchen.example/",
            "https://[2606:4700::1111]/",
            "https://8.8.8.8/",
        ],
    )
    def test_https_with_a_host_is_taken(self, url):
        assert parse(url, private=False).scheme == "https"

    def test_http_is_for_private_receivers_only(self):
        assert parse("http://receiver.example/", private=True).host == "receiver.example"
        with pytest.raises(TargetRefused, match="must begin with https"):
            parse("http://receiver.example/", private=False)

    def test_a_fragment_is_dropped(self):
        assert str(parse("https://a.example/hook#part", private=False)) == "https://a.example/hook"

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("ftp://a.example/", "must begin with https"),
            ("https://", "must begin with https"),
            ("//a.example/", "must begin with https"),
            ("https://a.example:65536/", "is no URL|no host or port"),
            ("https://a.example:0/", "no host or port"),
            ("https://a_b!.example/", "is no URL|no host or port"),
            ("https://ada@a.example/", "must hold no user name"),
            ("https://ada:secret@a.example/", "must hold no user name"),
            ("https://a.example/\u202egnp", "must hold no user name, password or control"),
        ],
    )
    def test_anything_else_is_refused_with_a_reason(self, url, reason):
        with pytest.raises(TargetRefused, match=reason) as caught:
            parse(url, private=True)
        assert caught.value.code == "target_refused"
        assert "secret" not in str(caught.value)


class TestResolve:
    def test_the_connection_goes_to_an_address_in_the_name_of_the_host(self):
        target = asyncio.run(resolve("http://localhost:8080/hook", private=True))
        assert target.url.host in ("127.0.0.1", "::1")
        assert (target.url.port, target.url.path) == (8080, "/hook")
        assert (target.host, target.host_header) == ("localhost", "localhost:8080")

    @pytest.mark.parametrize("host", [
        "localhost", "127.0.0.1", "[::1]", "10.0.0.1", "[::127.0.0.1]", "[fec0::1]", "192.0.0.8",
        "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:169.254.169.254]",
        "[64:ff9b::a00:1]",
    ])  # fmt: skip
    def test_private_addresses_are_refused_unless_allowed(self, host):
        with pytest.raises(TargetRefused, match=r"in a private network|is no URL"):
            asyncio.run(resolve(f"https://{host}/", private=False))

    def test_one_private_address_of_several_is_enough_to_refuse(self, monkeypatch):
        async def both(self, host, port, **_):  # noqa: ARG001 - the signature of getaddrinfo
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
                for address in ("8.8.8.8", "10.0.0.1")
            ]

        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", both)
        with pytest.raises(TargetRefused, match="in a private network"):
            asyncio.run(resolve("https://receiver.example/", private=False))

    def test_a_host_that_does_not_exist_is_refused(self):
        with pytest.raises(TargetRefused, match="cannot be found"):
            asyncio.run(resolve("https://receiver.invalid/", private=False))

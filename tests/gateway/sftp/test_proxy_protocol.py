"""Headers of the PROXY protocol, sent over a real socket."""

import asyncio
import ipaddress
import socket

import pytest

from gateway.sftp.proxy_protocol import MAX_LINE, SIGNATURE, ProxyError, read_header

LOCAL, PROXY = 0x20, 0x21
INET, INET6, UNIX = 0x11, 0x21, 0x31


def version_2(command, family, body):
    return SIGNATURE + bytes((command, family)) + len(body).to_bytes(2, "big") + body


def addresses(sender, receiver):
    """The body of version 2: both addresses and both ports."""
    packed = [ipaddress.ip_address(each).packed for each in (sender, receiver)]
    return b"".join(packed) + (56324).to_bytes(2, "big") + (22).to_bytes(2, "big")


def read(sent):
    """The address that a header names, and the bytes after it."""

    async def receive():
        client, server = socket.socketpair()
        with client, server:
            server.setblocking(False)  # noqa: FBT003 - its only parameter
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            address = await asyncio.wait_for(read_header(server), 5)
            return address, server.recv(1000)

    return asyncio.run(receive())


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 22\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:DB8::7 2001:db8::1 56324 22\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", None),
        (version_2(PROXY, INET, addresses("192.0.2.7", "198.51.100.1")), "192.0.2.7"),
        (version_2(PROXY, INET6, addresses("2001:db8::7", "2001:db8::1")), "2001:db8::7"),
        (version_2(PROXY, INET, addresses("192.0.2.7", "198.51.100.1") + b"TLV"), "192.0.2.7"),
        (version_2(LOCAL, 0, b""), None),
        (version_2(PROXY, UNIX, bytes(216)), None),
    ],
)  # fmt: skip
def test_a_header_names_the_client_and_what_follows_is_left_for_ssh(header, address):
    assert read(header + b"SSH-2.0-client\r\n") == (address, b"SSH-2.0-client\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"PROXY",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 22",
        b"PROXY TCP4 192.0.2.7 198.51.100.1\r\n",
        b"PROXY TCP4 nonsense 198.51.100.1 56324 22\r\n",
        b"PROXY TCP4 \xff\xfe 198.51.100.1 56324 22\r\n",
        b"PROXY SCTP 192.0.2.7 198.51.100.1 56324 22\r\n",
        b"PROXY TCP4 " + b"1" * MAX_LINE + b"\r\n",
        SIGNATURE,
        version_2(0x11, INET, addresses("192.0.2.7", "198.51.100.1")),
        version_2(PROXY, INET, b"short"),
        version_2(PROXY, INET, addresses("192.0.2.7", "198.51.100.1"))[:-1],
    ],
)
def test_anything_else_is_refused(sent):
    with pytest.raises(ProxyError):
        read(sent)

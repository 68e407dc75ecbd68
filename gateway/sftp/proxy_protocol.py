"""The PROXY protocol in front of SSH, as HAProxy, nginx and cloud load balancers send it.

https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt: version 1 is a line of text, version
2 a binary header. With it, bans and the activity log know the client's address; without it, they
would only see the load balancer's.
"""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any

import asyncssh

from registry.settings import Settings

logger = logging.getLogger(__name__)

HEADER_SECONDS = 5.0
BACKLOG = 256
ACCEPT_AGAIN_SECONDS = 0.1
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
MAX_LINE = 107
ADDRESS_BYTES = {0x1: 4, 0x2: 16}
"""Bytes of an address in version 2, by its family: AF_INET, AF_INET6."""


class ProxyError(Exception):
    """The first bytes of a connection are not a header of the PROXY protocol."""


class Acceptor:
    """A listening socket whose connections begin with the PROXY protocol."""

    def __init__(
        self,
        listener: socket.socket,
        server_factory: Callable[[str | None], asyncssh.SSHServer],
        options: Mapping[str, Any],
    ) -> None:
        self._listener = listener
        self._server_factory = server_factory
        self._options = options
        self._connections: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.create_task(self._accept())

    def get_port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    def close(self) -> None:
        """Accept no more connections."""
        self._accepting.cancel()
        self._listener.close()

    async def wait_closed(self) -> None:
        """Wait until every connection is over."""
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self) -> None:
        while True:
            try:
                connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            except OSError as error:
                # No descriptor is free, or the client left before: the next connection may work.
                logger.warning("a connection could not be accepted: %s", error.strerror)
                await asyncio.sleep(ACCEPT_AGAIN_SECONDS)
                continue
            task = asyncio.create_task(self._serve(connection))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            async with asyncio.timeout(HEADER_SECONDS):
                address = await read_header(connection)
        except (ProxyError, OSError, TimeoutError):
            logger.warning("a connection without the PROXY protocol was closed")
            connection.close()
            return
        try:
            served = await asyncssh.run_server(
                connection, server_factory=lambda: self._server_factory(address), **self._options
            )
        except (asyncssh.Error, OSError):
            return  # the connection ended before anybody signed in
        await served.wait_closed()


async def serve_behind_proxy(
    settings: Settings,
    server_factory: Callable[[str | None], asyncssh.SSHServer],
    options: Mapping[str, Any],
) -> Acceptor:
    """Listen behind a load balancer; `server_factory` gets the client's address.

    Raises:
        OSError: the port is taken.
    """
    listener = socket.create_server((settings.sftp_host, settings.sftp_port), backlog=BACKLOG)
    listener.setblocking(False)  # noqa: FBT003 - its only parameter
    return Acceptor(listener, server_factory, options)


async def read_header(connection: socket.socket) -> str | None:
    """The client's address; None if the load balancer itself asks, to see that we are there.

        the line "PROXY TCP4 192.0.2.7 198.51.100.1 56324 22" → "192.0.2.7"

    Raises:
        ProxyError: the connection does not begin with such a header, or ends in it.
    """
    start = await _exactly(connection, len(SIGNATURE))
    if start == SIGNATURE:
        return await _version_2(connection)
    if start.startswith(b"PROXY "):
        return await _version_1(connection, start)
    raise ProxyError


async def _version_1(connection: socket.socket, line: bytes) -> str | None:
    # Byte by byte, because the bytes after the line belong to SSH.
    while not line.endswith(b"\r\n"):
        if len(line) >= MAX_LINE:
            raise ProxyError
        line += await _exactly(connection, 1)
    words = line.decode("ascii", "replace").split()
    if words[1:2] == ["UNKNOWN"]:
        return None
    match words:
        case ["PROXY", "TCP4" | "TCP6", sender, _, _, _]:
            return _address(sender)
    raise ProxyError


async def _version_2(connection: socket.socket) -> str | None:
    command, family, high, low = await _exactly(connection, 4)
    body = await _exactly(connection, high << 8 | low)
    if command >> 4 != 2:  # noqa: PLR2004 - the version
        raise ProxyError
    size = ADDRESS_BYTES.get(family >> 4)
    if command & 0xF == 0 or size is None:
        return None
    if len(body) < 2 * size:
        raise ProxyError
    return str(ipaddress.ip_address(body[:size]))


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ProxyError from None


async def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(connection, count - len(data))
        if not more:
            raise ProxyError
        data += more
    return data

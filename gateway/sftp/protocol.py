"""The only place that uses internals of asyncssh; its minor version is pinned because of it.

- Only the requests listed here are served, whatever a later asyncssh can do.
- A broken connection differs from a closed file. When a session ends, asyncssh closes the open
  handles as if the client had closed them, and half a file would look whole.
"""

import logging
from typing import Any

from asyncssh import SFTPFailure, SFTPServer
from asyncssh.constants import (
    FXP_CLOSE,
    FXP_FSETSTAT,
    FXP_FSTAT,
    FXP_LSTAT,
    FXP_MKDIR,
    FXP_OPEN,
    FXP_OPENDIR,
    FXP_READ,
    FXP_READDIR,
    FXP_REALPATH,
    FXP_REMOVE,
    FXP_RENAME,
    FXP_RMDIR,
    FXP_SETSTAT,
    FXP_STAT,
    FXP_WRITE,
)
from asyncssh.packet import SSHPacket
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHReader, SSHServerStreamSession, SSHWriter

logger = logging.getLogger(__name__)

PROTOCOL_VERSION = 3
MAX_HANDLES = 100
"""Open files and folders of one session; each takes a descriptor, or memory."""
EXTENSIONS = (
    b"posix-rename@openssh.com",
    b"fsync@openssh.com",
    b"lsetstat@openssh.com",
    b"limits@openssh.com",
)
REQUESTS = (
    FXP_OPEN,
    FXP_CLOSE,
    FXP_READ,
    FXP_WRITE,
    FXP_LSTAT,
    FXP_FSTAT,
    FXP_SETSTAT,
    FXP_FSETSTAT,
    FXP_OPENDIR,
    FXP_READDIR,
    FXP_REMOVE,
    FXP_MKDIR,
    FXP_RMDIR,
    FXP_REALPATH,
    FXP_STAT,
    FXP_RENAME,
    *EXTENSIONS,
)
"""The requests that are served; any other is answered with "operation unsupported"."""


class WatchedServer(SFTPServer):
    """A server that learns when requests come and when its session ends."""

    async def close(self, file_obj: object) -> None:
        """The client closed a file, or the session has ended."""

    def request_received(self) -> None:
        """The client asked for something."""

    def session_ended(self) -> None:
        """The session is over; the client did not close what is closed from now on."""


class RequestHandler(SFTPServerHandler):
    """asyncssh's handler of one session, with fewer requests and a limit of open files."""

    _server: WatchedServer
    _extensions = [(name, b"1") for name in EXTENSIONS]  # noqa: RUF012 - asyncssh's own
    _packet_handlers = {  # noqa: RUF012 - as above
        request: SFTPServerHandler._packet_handlers[request]  # noqa: SLF001 - see above
        for request in REQUESTS
    }

    async def _process_open(self, packet: SSHPacket) -> bytes:
        self._require_room()
        return await super()._process_open(packet)

    async def _process_opendir(self, packet: SSHPacket) -> bytes:
        self._require_room()
        return await super()._process_opendir(packet)

    _packet_handlers |= {
        FXP_OPEN: _process_open,  # type: ignore[dict-item] # only ever called with this class
        FXP_OPENDIR: _process_opendir,  # type: ignore[dict-item] # as above
    }

    def _require_room(self) -> None:
        if len(self._file_handles) + len(self._dir_handles) >= MAX_HANDLES:
            raise SFTPFailure(f"{MAX_HANDLES} files and folders are open already; close one")

    async def _process_packet(self, pkttype: int, pktid: int, packet: SSHPacket) -> None:
        self._server.request_received()
        await super()._process_packet(pkttype, pktid, packet)

    async def _cleanup(self, exc: Exception | None) -> None:
        self._server.session_ended()
        while self._file_handles:
            _, file_obj = self._file_handles.popitem()
            try:
                await self._server.close(file_obj)
            except Exception:
                # The other files must still be closed, and the session must count as over.
                logger.exception("a file that was open at the end of a session could not be closed")
        await super()._cleanup(exc)


class Session(SSHServerStreamSession[bytes]):
    """A session that serves SFTP and nothing else: no shell, no commands, no scp."""

    def __init__(self, server_factory: Any) -> None:  # noqa: ANN401 - asyncssh's own type is private
        super().__init__(None, server_factory, sftp_version=PROTOCOL_VERSION)

    def session_started(self) -> None:
        """Serve the SFTP subsystem; asyncssh has refused every other."""
        channel, connection = self._chan, self._conn
        if channel is None or connection is None:
            return
        server = self._init_sftp_server()
        if not isinstance(server, WatchedServer):
            raise TypeError(server)
        reader, writer = SSHReader[bytes](self, channel), SSHWriter[bytes](self, channel)
        handler = RequestHandler(server, reader, writer, PROTOCOL_VERSION)
        connection.create_task(handler.run(), reader.logger)

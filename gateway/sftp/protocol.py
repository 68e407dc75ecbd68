"""Where we go beyond asyncssh's manual, and nowhere else; its minor version is pinned for it.

- Only the requests listed here are served, whatever asyncssh learns to do.
- A connection that broke off is told from a closed file: asyncssh closes the handles that are
  open when a session ends as if the client had closed them, so half a file would look whole.
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
"""Open files and folders of one session; each takes a descriptor or memory."""
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
"""What is served; anything else is answered "operation unsupported"."""


class Watched(SFTPServer):
    """What our sessions tell the server behind them."""

    async def close(self, file_obj: object) -> None:
        """The client closed a file, or the session is over."""

    def touched(self) -> None:
        """The client asked for something."""

    def broken_off(self) -> None:
        """The session is over; what is closed from now on was not closed by the client."""


class Handler(SFTPServerHandler):
    """asyncssh's handler of one session."""

    _server: Watched
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
        FXP_OPEN: _process_open,  # type: ignore[dict-item] # it is only ever called with us
        FXP_OPENDIR: _process_opendir,  # type: ignore[dict-item] # as above
    }

    def _require_room(self) -> None:
        if len(self._file_handles) + len(self._dir_handles) >= MAX_HANDLES:
            raise SFTPFailure(f"{MAX_HANDLES} files and folders are open already; close one")

    async def _process_packet(self, pkttype: int, pktid: int, packet: SSHPacket) -> None:
        self._server.touched()
        await super()._process_packet(pkttype, pktid, packet)

    async def _cleanup(self, exc: Exception | None) -> None:
        self._server.broken_off()
        while self._file_handles:
            _, file_obj = self._file_handles.popitem()
            try:
                await self._server.close(file_obj)
            except Exception:
                # The others must still be closed, and the session be counted as over.
                logger.exception("what was open at the end of a session was not closed well")
        await super()._cleanup(exc)


class Session(SSHServerStreamSession[bytes]):
    """A session that serves SFTP and nothing else: no shell, no commands, no scp."""

    def __init__(self, server_factory: Any) -> None:  # noqa: ANN401 - asyncssh's own type is private
        super().__init__(None, server_factory, sftp_version=PROTOCOL_VERSION)

    def session_started(self) -> None:
        """Serve the SFTP subsystem, the only one that can have been asked for."""
        channel, connection = self._chan, self._conn
        if channel is None or connection is None:
            return
        server = self._init_sftp_server()
        if not isinstance(server, Watched):
            raise TypeError(server)
        reader, writer = SSHReader[bytes](self, channel), SSHWriter[bytes](self, channel)
        handler = Handler(server, reader, writer, PROTOCOL_VERSION)
        connection.create_task(handler.run(), reader.logger)

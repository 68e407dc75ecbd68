"""The only place that uses internals of asyncssh; its minor version is pinned because of it.

- Only the requests listed here are served, whatever a later asyncssh can do.
- A broken connection differs from a closed file. When a session ends, asyncssh closes the open
  handles as if the client had closed them, and half a file would look whole.
- Bytes after the last field of a request are ignored, as OpenSSH's server ignores them.
- Who asks for a command or a shell is told in words what is served instead.
"""

import logging
from functools import wraps
from typing import Any

from asyncssh import SFTPError, SFTPFailure, SFTPServer, SSHServerChannel
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
from asyncssh.packet import PacketDecodeError, SSHPacket
from asyncssh.sftp import SFTPLimits, SFTPServerHandler
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


ONLY_SFTP = """\
Rosterline takes files by SFTP only: there is no shell, and commands are not run.
sftp, FileZilla, WinSCP and other SFTP clients work. scp works since OpenSSH 9.0, without -O;
with OpenSSH 8.7 to 8.9 it needs -s. PuTTY's pscp needs -sftp.
"""
"""What a client is told that asks for a shell or a command; scp's old protocol is a command."""


class WatchedServer(SFTPServer):
    """A server that learns when requests come and when its session ends."""

    async def close(self, file_obj: object) -> None:
        """The client closed a file, or the session has ended."""

    def request_received(self) -> None:
        """The client asked for something."""

    def session_ended(self) -> None:
        """The session is over; the client did not close what is closed from now on."""


class Request(SSHPacket):
    """A request as a client sends it. Bytes after its last field are ignored.

    The library of rclone 1.60 sends the last block of a file with the right length and, behind it,
    what remained of the block before. asyncssh refuses such a request; OpenSSH does not.
    """

    def check_end(self) -> None:
        """Accept whatever follows the last field."""


def _without_details(handle: Any) -> Any:  # noqa: ANN401 - asyncssh's own type is private
    """Keep the text of an unexpected error from the client; asyncssh would send it."""

    @wraps(handle)
    async def guarded(handler: SFTPServerHandler, packet: SSHPacket) -> object:
        try:
            return await handle(handler, packet)
        except (SFTPError, OSError, PacketDecodeError, NotImplementedError):
            raise
        except Exception as error:
            logger.exception("a request failed")
            raise SFTPFailure(f"internal error {type(error).__name__}") from None

    return guarded


class RequestHandler(SFTPServerHandler):
    """asyncssh's handler of one session, with fewer requests and a limit of open files."""

    _server: WatchedServer
    _extensions = [(name, b"1") for name in EXTENSIONS]  # noqa: RUF012 - asyncssh's own
    _packet_handlers = {  # noqa: RUF012 - as above
        request: _without_details(SFTPServerHandler._packet_handlers[request])  # noqa: SLF001 - see above
        for request in REQUESTS
    }

    async def _process_open(self, packet: SSHPacket) -> bytes:
        self._require_room()
        return await super()._process_open(packet)

    async def _process_opendir(self, packet: SSHPacket) -> bytes:
        self._require_room()
        return await super()._process_opendir(packet)

    async def _process_limits(self, packet: SSHPacket) -> SFTPLimits:
        limits = await super()._process_limits(packet)
        limits.max_open_handles = MAX_HANDLES
        return limits

    _packet_handlers |= {
        FXP_OPEN: _without_details(_process_open),
        FXP_OPENDIR: _without_details(_process_opendir),
        b"limits@openssh.com": _without_details(_process_limits),
    }

    async def recv_packet(self) -> SSHPacket:
        """The next request."""
        return Request((await super().recv_packet()).get_full_payload())

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
        if exc is None:
            # Without an exit status, scp takes a session that went well for a failed one.
            self._server.channel.exit(0)
        await super()._cleanup(exc)


class Session(SSHServerStreamSession[bytes]):
    """A session that serves SFTP and nothing else: no shell, no commands, no scp.

    A command or a shell begins, says what is served instead, and ends with exit status 1. If we
    refused it, clients would say no more than "exec request failed on channel 0".
    """

    def __init__(self, server_factory: Any) -> None:  # noqa: ANN401 - asyncssh's own type is private
        super().__init__(None, server_factory, sftp_version=PROTOCOL_VERSION)

    def shell_requested(self) -> bool:
        """A shell is answered with words."""
        return True

    def exec_requested(self, command: str) -> bool:  # noqa: ARG002 - asyncssh's signature
        """A command is answered with words, whatever it is; it is never run."""
        return True

    def session_started(self) -> None:
        """Serve the SFTP subsystem; asyncssh has refused every other."""
        channel, connection = self._chan, self._conn
        if not isinstance(channel, SSHServerChannel) or connection is None:
            return
        if channel.get_subsystem() is None:
            channel.set_encoding(None)
            channel.write_stderr(ONLY_SFTP.encode())
            channel.exit(1)
            return
        server = self._init_sftp_server()
        if not isinstance(server, WatchedServer):
            raise TypeError(server)
        reader, writer = SSHReader[bytes](self, channel), SSHWriter[bytes](self, channel)
        handler = RequestHandler(server, reader, writer, PROTOCOL_VERSION)
        connection.create_task(handler.run(), reader.logger)

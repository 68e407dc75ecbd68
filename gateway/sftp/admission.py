"""How many connections may be open: in all until somebody signs in, and of each address.

Connections over which nobody has signed in yet are called strangers. When their places are all
taken, a newcomer gets that of the oldest stranger of the address that has the most: whoever opens
many connections takes places away from themselves.
"""

import logging
import time
from collections import defaultdict
from typing import NamedTuple

import asyncssh

from registry.accounts.bans import network_of
from registry.settings.sftp import SftpSettings

logger = logging.getLogger(__name__)

ALL = "all addresses"
SAID_AGAIN_SECONDS = 60.0
MAX_REMEMBERED = 1_000
"""How many addresses are remembered for which a refusal was logged."""


class Refusal(NamedTuple):
    """Why a connection is closed at once, and whether it is time to say so in the logs."""

    reason: str
    is_said: bool


class Admission:
    """The open connections of one server process, by address."""

    def __init__(self, settings: SftpSettings) -> None:
        self._settings = settings
        self._addresses: dict[asyncssh.SSHServerConnection, str] = {}
        self._open: defaultdict[str, int] = defaultdict(int)
        # A dict keeps the order in which they came.
        self._strangers: defaultdict[str, dict[asyncssh.SSHServerConnection, None]]
        self._strangers = defaultdict(dict)
        self._stranger_count = 0
        self._said_at: dict[str, float] = {}

    @property
    def connections(self) -> list[asyncssh.SSHServerConnection]:
        """All open connections, with and without a signed-in user."""
        return list(self._addresses)

    def enter(self, connection: asyncssh.SSHServerConnection, address: str) -> Refusal | None:
        """Count a new connection; or say why there is no room for it."""
        network = network_of(address)
        refused = self._refuse(network)
        if refused is not None:
            return refused
        self._addresses[connection] = network
        self._open[network] += 1
        self._strangers[network][connection] = None
        self._stranger_count += 1
        return None

    def sign_in(self, connection: asyncssh.SSHServerConnection) -> None:
        """Somebody has signed in over the connection: it is no stranger's any more."""
        network = self._addresses.get(connection, "")
        if connection in self._strangers.get(network, ()):
            del self._strangers[network][connection]
            self._stranger_count -= 1
            if not self._strangers[network]:
                del self._strangers[network]

    def leave(self, connection: asyncssh.SSHServerConnection) -> None:
        """The connection is over."""
        self.sign_in(connection)
        network = self._addresses.pop(connection, None)
        if network is not None:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]

    def _refuse(self, network: str) -> Refusal | None:
        settings, strangers = self._settings, len(self._strangers.get(network, ()))
        if self._open.get(network, 0) >= settings.sftp_max_connections_of_address:
            most = settings.sftp_max_connections_of_address
            return self._refusal(network, f"{most} connections of this address are open")
        if strangers >= settings.sftp_max_strangers_of_address:
            return self._refusal(network, f"nobody signed in over {strangers} connections of it")
        if self._stranger_count >= settings.sftp_max_strangers and not self._make_room(strangers):
            return self._refusal(ALL, f"nobody signed in over {self._stranger_count} connections")
        return None

    def _make_room(self, strangers: int) -> bool:
        """Close the oldest stranger of the address with the most, if that has more than ours."""
        largest = max(self._strangers, key=lambda each: len(self._strangers[each]))
        if len(self._strangers[largest]) <= strangers + 1:
            return False
        oldest = next(iter(self._strangers[largest]))
        self.leave(oldest)
        oldest.abort()
        return True

    def _refusal(self, whose: str, reason: str) -> Refusal:
        # Not logged for each connection: a flood of them would fill the log as well.
        now = time.monotonic()
        is_said = now - self._said_at.get(whose, -SAID_AGAIN_SECONDS) >= SAID_AGAIN_SECONDS
        if is_said:
            if len(self._said_at) >= MAX_REMEMBERED:
                self._said_at.clear()
            self._said_at[whose] = now
            logger.warning("new connections are closed: %s: %s", whose, reason)
        return Refusal(reason, is_said)

"""What all requests of the portal's process share."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from psycopg_pool import ConnectionPool

from registry.settings import Settings


@dataclass(frozen=True)
class PortalContext:
    """Settings and database connections of the process."""

    settings: Settings
    pool: ConnectionPool

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the portal over TLS; its cookies are then sent over TLS only."""
        return self.settings.api_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """The name of the session's cookie; the prefix `__Host-` binds it to this host."""
        return "__Host-rosterline" if self.is_https else "rosterline"


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)


# `async`, because the framework calls a plain function in a thread, and this one does not wait.
async def _context(request: Request) -> PortalContext:
    context: PortalContext = request.app.state.context
    return context


InContext = Annotated[PortalContext, Depends(_context)]

"""What all requests of the portal's process share."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from psycopg_pool import ConnectionPool

from gateway.second_factors import SecondFactors
from gateway.single_sign_on import SingleSignOn
from registry.database.replica import Replica
from registry.settings import Settings


@dataclass(frozen=True)
class PortalContext:
    """Settings and database connections of the process; `later` does what no answer waits for."""

    settings: Settings
    pool: ConnectionPool
    single_sign_on: SingleSignOn | None = None
    replica: Replica | None = None
    later: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "later"))

    @property
    def sends_mail(self) -> bool:
        """Whether users get their links by mail."""
        return self.settings.smtp_host is not None

    @property
    def second_factors(self) -> SecondFactors:
        """Second factors with this installation's key."""
        return SecondFactors(self.settings)

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the portal over TLS; its cookies are then sent over TLS only."""
        return self.settings.api_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """The name of the session's cookie; the prefix `__Host-` binds it to this host."""
        return "__Host-rosterline" if self.is_https else "rosterline"

    @property
    def said_cookie_name(self) -> str:
        """The name of the cookie of `gateway/portal/said_once.py`."""
        return f"{self.cookie_name}-said"


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)


# `async`, because the framework calls a plain function in a thread, and this one does not wait.
async def _context(request: Request) -> PortalContext:
    context: PortalContext = request.app.state.context
    return context


InContext = Annotated[PortalContext, Depends(_context)]

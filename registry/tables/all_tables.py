"""The metadata with every table in it, which importing the modules of this package declares."""

from registry.tables import (  # noqa: F401 - each declares its tables in the metadata
    accounts,
    activity_log,
    decisions,
    document_queries,
    http_api,
    ledger,
    notifications,
    patients,
    portal,
    sftp,
    sign_ins,
    webhooks,
)
from registry.tables.metadata import metadata

__all__ = ["NOT_FOR_THE_GATEWAY", "metadata"]

NOT_FOR_THE_GATEWAY = frozenset({"applied_objects", "notification"})
"""Tables that no request needs. All others are granted in `objects/4_gateway_grants.sql`."""

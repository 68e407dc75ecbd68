"""The metadata with every table in it, which importing the modules of this package declares."""

from registry.tables import (  # noqa: F401 - each declares its tables in the metadata
    accounts,
    activity_log,
    decisions,
    document_queries,
    http_api,
    ledger,
    patients,
    portal,
    sftp,
    webhooks,
)
from registry.tables.metadata import metadata

__all__ = ["metadata"]

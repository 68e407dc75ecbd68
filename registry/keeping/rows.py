"""Pruning rows: delivered webhooks, notifications, unsent document queries, sessions, activity."""

from datetime import datetime, timedelta

from psycopg import Connection

from registry.database.statements import Statements
from registry.keeping.pruned import Pruned
from registry.settings import Settings

_SQL = Statements(__file__)


def prune_rows(
    connection: Connection, settings: Settings, now: datetime, *, dry_run: bool
) -> list[Pruned]:
    """Rows that are older than their settings; rolled back at the end of a dry run."""
    days = {
        "delivered webhooks": ("delete_webhooks", settings.keep_webhooks_days),
        "notifications": ("delete_notifications", settings.keep_webhooks_days),
        "unsent document queries": ("delete_unsent_queries", settings.keep_webhooks_days),
        "sessions of the portal": ("delete_sessions", settings.keep_sessions_days),
        "lines of the activity log": ("delete_activity", settings.keep_activity_days),
    }
    pruned = []
    for what, (statement, kept) in days.items():
        before = {"before": now - timedelta(days=kept)}
        pruned.append(Pruned(what, connection.execute(_SQL[statement], before).rowcount))
    if dry_run:
        connection.rollback()
    else:
        connection.commit()
    return pruned

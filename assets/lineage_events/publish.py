"""Telling of attempts that are over; nothing that goes wrong here reaches an import."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assets.attempt_work import Work
from assets.lineage_events.ended import read_ended
from registry.database.connections import connect
from registry.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

logger = logging.getLogger(__name__)


def publish(settings: Settings, works: Sequence[Work], parent_job: str) -> None:
    """Make the events of these attempts, keep them in the file, and send them where one is set.

    Once for all imports of a run. What fails is logged by the name of its error and left: results
    are durable by now, and the ledger can be asked for everything that an event says.
    """
    if not settings.openlineage or not works:
        return
    # The client's library is loaded by who makes events, and by nobody else.
    try:
        from assets.lineage_events.sending import collector  # noqa: PLC0415

        told = [event for work in works for event in _kept(settings, work, parent_job)]
        if settings.openlineage_url is not None:
            collector(settings.openlineage_url, settings.openlineage_api_key).send(told)
    except Exception as error:  # noqa: BLE001 - an import must not fail by what is told of it
        _log(error)


def _kept(settings: Settings, work: Work, parent_job: str) -> "list[RunEvent]":
    """The events of one attempt, once they stand in the file; none where that cannot be."""
    from assets.lineage_events.events import events_of  # noqa: PLC0415 - as above
    from assets.lineage_events.sending import append  # noqa: PLC0415

    events: list[RunEvent] = []
    try:
        with connect(settings) as connection:
            ended = read_ended(connection, work)
        events = events_of(ended, parent_job)
        append(settings, events, datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - as above, and the other attempts are told of
        _log(error)
    return events


def _log(error: Exception) -> None:
    logger.warning("OpenLineage events are not complete: %s", type(error).__name__)

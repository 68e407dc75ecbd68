"""Publishing events of attempts that are over; no error here reaches an import."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assets.attempt_work import AttemptWork
from assets.lineage_events.ended import read_ended
from registry.database.connections import connect
from registry.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

logger = logging.getLogger(__name__)


def publish(settings: Settings, works: Sequence[AttemptWork], parent_job: str) -> None:
    """Make the events of these attempts, keep them in the file, and send them where one is set.

    Once for all imports of a run. What fails is logged by the name of its error and left: results
    are durable by now, and the ledger can be asked for everything that an event says.
    """
    if not settings.openlineage or not works:
        return
    # Loading OpenLineage's library takes time: only those who make events pay for it.
    try:
        from assets.lineage_events.sending import collector  # noqa: PLC0415

        events = [event for work in works for event in _kept(settings, work, parent_job)]
        if settings.openlineage_url is not None:
            collector(settings.openlineage_url, settings.openlineage_api_key).send(events)
    except Exception as error:  # noqa: BLE001 - an import must not fail because its events do
        _log(error)


def _kept(settings: Settings, work: AttemptWork, parent_job: str) -> "list[RunEvent]":
    """The events of one attempt, once they are in the file; none where it cannot be written."""
    from assets.lineage_events.events import events_of  # noqa: PLC0415 - as above
    from assets.lineage_events.sending import append  # noqa: PLC0415

    events: list[RunEvent] = []
    try:
        with connect(settings) as connection:
            ended = read_ended(connection, work)
        events = events_of(ended, parent_job)
        append(settings, events, datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - as above; the other attempts' events follow
        _log(error)
    return events


def _log(error: Exception) -> None:
    logger.warning("OpenLineage events are not complete: %s", type(error).__name__)

"""Publishing the events of attempts that are over. An error here does not affect an import."""

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
    """Make the events of these attempts, append them to the file, and send them to the collector.

    It is called once for all imports of a run. An error is logged by the name of its class and not
    raised: the results are durable by now, and the ledger contains everything that an event says.
    """
    if not settings.openlineage or not works:
        return
    # Imported here, because OpenLineage's library takes time to load.
    try:
        from assets.lineage_events.sending import collector  # noqa: PLC0415

        events = [event for work in works for event in _kept(settings, work, parent_job)]
        if settings.openlineage_url is not None:
            collector(settings.openlineage_url, settings.openlineage_api_key).send(events)
    except Exception as error:  # noqa: BLE001 - an import must not fail because its events do
        _log(error)


def _kept(settings: Settings, work: AttemptWork, parent_job: str) -> "list[RunEvent]":
    """Append the events of one attempt to the file and return them; errors are only logged."""
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

"""Destinations of events: a file for each month, and a collector over HTTP."""

import logging
import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit

from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde
from openlineage.client.transport.http import (
    ApiKeyTokenProvider,
    HttpConfig,
    HttpTransport,
    TokenProvider,
)

from registry.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 3.0
"""How long the collector may take for one event, including the DNS look-up."""
PAUSE_SECONDS = 300.0
_ENDPOINT = "api/v1/lineage"


def append(settings: Settings, events: Sequence[RunEvent], now: datetime) -> None:
    """Append events to the file of this month in one write.

    The kernel serialises appending writes, so lines of processes that write at the same time do not
    mix.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    lines = "".join(f"{Serde.to_json(event)}\n" for event in events).encode()
    settings.lineage_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.lineage_dir / f"openlineage-{now:%Y-%m}.ndjson"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        written = os.write(file, lines)
    finally:
        os.close(file)
    if written < len(lines):
        raise OSError("the disk is full")


class Collector:
    """An OpenLineage collector; after a failure, nothing is sent to it for a while."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._answer_seconds, self._pause_seconds = answer_seconds, pause_seconds
        parts = urlsplit(url)
        self._transport = HttpTransport(
            HttpConfig(
                f"{parts.scheme}://{parts.netloc}",
                endpoint=parts.path.strip("/") or _ENDPOINT,
                timeout=answer_seconds,
                retry={"total": 0},
                auth=ApiKeyTokenProvider({"api_key": api_key}) if api_key else TokenProvider({}),
            )
        )
        self._paused_until = 0.0

    def send(self, events: Sequence[RunEvent]) -> None:
        """Send the events in order; the first failure stops this call and pauses later ones."""
        if monotonic() < self._paused_until:
            return
        results: SimpleQueue[str | None] = SimpleQueue()
        # In a daemon thread, because HTTP timeouts cover neither a DNS server that does not answer
        # nor an answer that arrives byte by byte.
        Thread(target=self._post, args=(events, results), daemon=True).start()
        for _ in events:
            try:
                failure = results.get(timeout=self._answer_seconds)
            except Empty:
                failure = "no answer in time"
            if failure is not None:
                self._paused_until = monotonic() + self._pause_seconds
                logger.warning(
                    "OpenLineage events are not sent for %.0f s: %s; the file in the home folder "
                    "contains them",
                    self._pause_seconds,
                    failure,
                )
                return

    def _post(self, events: Sequence[RunEvent], results: SimpleQueue[str | None]) -> None:
        for event in events:
            if monotonic() < self._paused_until:
                return
            try:
                self._transport.emit(event)
            except Exception as error:  # noqa: BLE001 - whatever a network can do
                results.put(type(error).__name__)
                return
            results.put(None)


@cache
def collector(url: str, api_key: str | None) -> Collector:
    """The collector at this address; one object in a process, so that its pause is shared."""
    return Collector(url, api_key)

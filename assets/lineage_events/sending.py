"""Where events go: a file a month that several processes append to, and a collector's address."""

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
"""How long the collector may take for one event, name look-up and all."""
PAUSE_SECONDS = 300.0
_ENDPOINT = "api/v1/lineage"


def append(settings: Settings, events: Sequence[RunEvent], now: datetime) -> None:
    """Append events to the file of this month, all of them in one write.

    The kernel lets one write to the end of a file follow another, so that lines of processes that
    write at the same time stay whole.

    Raises:
        OSError: the folder cannot be written.
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
    """One address in this process; after a failure it is left alone for a while."""

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
        """Send the events in order; the first that fails ends it and pauses all sending."""
        if monotonic() < self._paused_until:
            return
        results: SimpleQueue[str | None] = SimpleQueue()
        # In a thread that nobody waits for: timeouts of HTTP cover neither a name server that does
        # not answer nor an answer that comes byte by byte.
        Thread(target=self._post, args=(events, results), daemon=True).start()
        for _ in events:
            try:
                failure = results.get(timeout=self._answer_seconds)
            except Empty:
                failure = "no answer in time"
            if failure is not None:
                self._paused_until = monotonic() + self._pause_seconds
                logger.warning(
                    "OpenLineage events are not sent for %.0f s: %s; the file below the home "
                    "folder has them",
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
    """The collector at this address; there is one in a process, which knows of the pause."""
    return Collector(url, api_key)

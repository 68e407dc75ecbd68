"""Functions by which code tells what it did; they do nothing where no metrics are served.

Labels are words of ours and templates of routes. Whoever adds one keeps to that: no value of a
patient, no name of a file, no text that somebody else chose.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from registry.telemetry.instruments import Instruments

StoreOperation = Literal["read", "write", "copy", "move", "delete", "list", "stat", "sign"]

NO_ROUTE = "no route"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Observed:
    """Where observations go; `instruments` is None until metrics are served."""

    instruments: "type[Instruments] | None" = None


def known_method(method: str) -> str:
    """The method, or `other`: a caller may send any word, and each would be a series of its own."""
    return method if method in _METHODS else "other"


def observe_request(method: str, route: str | None, status: int, seconds: float) -> None:
    """A request was answered.

    `method` is one of `known_method`, `route` the template of its route, None where there is none.
    """
    if (to := _Observed.instruments) is not None:
        family = f"{status // 100}xx" if status else "none"
        to.REQUEST_SECONDS.labels(method, route or NO_ROUTE, family).observe(seconds)


def observe_store(operation: StoreOperation, seconds: float, *, failed: bool = False) -> None:
    """An operation of the store is over, well or not."""
    if (to := _Observed.instruments) is not None:
        to.STORE_SECONDS.labels(operation, _outcome(failed=failed)).observe(seconds)


@contextmanager
def store_operation(operation: StoreOperation) -> Iterator[None]:
    """Observe the operation of the store that the body is; what it raises is raised on."""
    began = time.perf_counter()
    failed = True
    try:
        yield
        failed = False
    finally:
        observe_store(operation, time.perf_counter() - began, failed=failed)


def observe_stage(stage: str, seconds: float, *, failed: bool) -> None:
    """A stage of an import is over."""
    if (to := _Observed.instruments) is not None:
        to.STAGE_SECONDS.labels(stage, _outcome(failed=failed)).observe(seconds)


def observe_webhook(seconds: float, lag_seconds: float, *, failed: bool) -> None:
    """An attempt to deliver a webhook is over, so long after its event."""
    if (to := _Observed.instruments) is not None:
        to.WEBHOOK_SECONDS.labels(_outcome(failed=failed)).observe(seconds)
        if not failed:
            to.WEBHOOK_LAG_SECONDS.observe(lag_seconds)


def observe_sftp_connections(change: Literal[1, -1]) -> None:
    """A user signed in over a connection, or such a connection ended."""
    if (to := _Observed.instruments) is not None:
        to.SFTP_CONNECTIONS.inc(change)


def observe_sftp_sign_in(*, failed: bool) -> None:
    """An SFTP client proved who it is, or did not."""
    if (to := _Observed.instruments) is not None:
        to.SFTP_SIGN_INS.labels(_outcome(failed=failed)).inc()


def observe_sftp_upload(byte_count: int, *, failed: bool) -> None:
    """A client closed a file over SFTP, and it was received or not."""
    if (to := _Observed.instruments) is not None:
        to.SFTP_UPLOADS.labels(_outcome(failed=failed)).inc()
        if not failed:
            to.SFTP_UPLOAD_BYTES.inc(byte_count)


def _outcome(*, failed: bool) -> str:
    return "failed" if failed else "ok"


def begin_observing() -> None:
    """Load the instruments; from now on observations count."""
    from registry.telemetry.instruments import Instruments  # noqa: PLC0415 - see there

    _Observed.instruments = Instruments

"""A check of the Celery workers, where runs go to them."""

from collections.abc import Iterator

from cli.installation.check import Check
from registry.settings import Settings

ANSWER_SECONDS = 3.0


def check_workers(settings: Settings) -> Iterator[Check]:
    """Whether workers answer, and have slots for all runs that the daemon hands out."""
    if settings.run_launcher != "celery":
        return
    # Celery takes half a second to load.
    from celery import Celery  # noqa: PLC0415
    from kombu.exceptions import OperationalError  # noqa: PLC0415

    app = Celery(broker=settings.celery_broker_url)
    app.conf.broker_transport_options = {"socket_connect_timeout": ANSWER_SECONDS, "max_retries": 0}
    asking = app.control.inspect(timeout=ANSWER_SECONDS)
    try:
        queues, stats = asking.active_queues() or {}, asking.stats() or {}
    except OperationalError:
        todo = "start it, or correct ROSTERLINE_CELERY_BROKER_URL; runs wait meanwhile"
        yield Check("workers", "fail", "Redis does not answer, so no run begins", todo)
        return
    ours = [
        name
        for name, consumed in queues.items()
        if any(each["name"] == settings.celery_queue for each in consumed)
    ]
    slots = sum(stats[name]["pool"]["max-concurrency"] for name in ours if name in stats)
    if not ours:
        todo = "`rosterline up` or, on another machine, `rosterline worker` starts one"
        yield Check("workers", "fail", "no Celery worker answers, so no run begins", todo)
    elif slots < settings.max_concurrent_runs:
        yield Check(
            "workers",
            "warn",
            f"{len(ours)} have {slots} slots, and {settings.max_concurrent_runs} runs may be under "
            "way: some wait in Redis, where none of them can be preferred",
            f"start more workers, or set ROSTERLINE_MAX_CONCURRENT_RUNS={slots}",
        )
    else:
        yield Check("workers", "ok", f"{len(ours)} answer, with {slots} slots")

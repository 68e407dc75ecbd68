"""What a process counts about itself; the figures of the whole installation come from the ledger.

prometheus-client is loaded with this module, so only what serves `/metrics` imports it.
"""

import importlib.metadata

from prometheus_client import Counter, Gauge, Histogram, Info


class Instruments:
    """One of each in a process."""

    REQUEST_SECONDS = Histogram(
        "rosterline_http_request_seconds",
        "Time that a request took, by the template of its route, never by the called path.",
        ("method", "route", "status"),
        buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
    )
    STORE_SECONDS = Histogram(
        "rosterline_store_operation_seconds",
        "Time that an operation of the store took, by what was done and whether it succeeded.",
        ("operation", "outcome"),
        buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
    )
    STAGE_SECONDS = Histogram(
        "rosterline_stage_seconds",
        "Time that a stage of an import took in this process.",
        ("stage", "outcome"),
        buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
    )
    WEBHOOK_SECONDS = Histogram(
        "rosterline_webhook_attempt_seconds",
        "Time that an attempt to deliver a webhook took, by whether it succeeded.",
        ("outcome",),
        buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    )
    WEBHOOK_LAG_SECONDS = Histogram(
        "rosterline_webhook_lag_seconds",
        "Time from the event to the delivery of its webhook.",
        buckets=(1, 2.5, 5, 15, 60, 300, 900, 3600, 14400, 86400),
    )
    SFTP_CONNECTIONS = Gauge(
        "rosterline_sftp_connections",
        "SFTP connections of this process over which a user is signed in.",
    )
    SFTP_SIGN_INS = Counter("rosterline_sftp_sign_ins", "SFTP sign-ins, by outcome.", ("outcome",))
    SFTP_UPLOAD_BYTES = Counter(
        "rosterline_sftp_upload_bytes", "Bytes of files that were received by SFTP."
    )
    SFTP_UPLOADS = Counter(
        "rosterline_sftp_uploads", "Files that clients closed by SFTP, by outcome.", ("outcome",)
    )


Info("rosterline_build", "The version that runs.").info(
    {"version": importlib.metadata.version("rosterline")}
)

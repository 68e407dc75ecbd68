"""Buckets of a server that speaks S3's protocol, in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from registry.settings import Settings
from registry.store import store_of

KEYS = {
    "AWS_ACCESS_KEY_ID": "rosterline",
    "AWS_SECRET_ACCESS_KEY": "rosterline-secret",
    "AWS_REGION": "us-east-1",
}


@dataclass
class S3Server:
    """A server of buckets; its content is in its memory."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which programs find it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.url}

    def client(self) -> Any:
        """Another client than ours."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=KEYS["AWS_REGION"],
        )

    def pause(self) -> None:
        """Take connections from now on, and say nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Answer again."""
        self.process.send_signal(signal.SIGCONT)

    def make_bucket(self) -> "Bucket":
        """A new bucket."""
        name = f"rosterline-{uuid.uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name)
        return Bucket(self, name)


@dataclass
class Bucket:
    """A bucket, looked at with another client than ours."""

    server: S3Server
    name: str
    prefix: str = "kept"

    @property
    def url(self) -> str:
        """What `ROSTERLINE_STORE_URL` is set to."""
        return f"s3://{self.name}/{self.prefix}"

    def keys(self, below: str = "") -> list[str]:
        """The keys below the prefix, without it."""
        pages = self.server.client().get_paginator("list_objects_v2")
        start = f"{self.prefix}/"
        found = pages.paginate(Bucket=self.name, Prefix=start + below)
        return [
            each["Key"].removeprefix(start) for page in found for each in page.get("Contents", ())
        ]

    def get(self, key: str) -> bytes:
        """The bytes under a key."""
        answer = self.server.client().get_object(Bucket=self.name, Key=f"{self.prefix}/{key}")
        return bytes(answer["Body"].read())

    def put(self, key: str, data: bytes) -> None:
        """Put bytes under a key, past us."""
        self.server.client().put_object(Bucket=self.name, Key=f"{self.prefix}/{key}", Body=data)

    def delete(self, key: str) -> None:
        """Remove an object, past us."""
        self.server.client().delete_object(Bucket=self.name, Key=f"{self.prefix}/{key}")

    def parts_under_way(self) -> list[str]:
        """Keys of uploads in parts that were neither completed nor aborted."""
        answer = self.server.client().list_multipart_uploads(Bucket=self.name)
        return [each["Key"] for each in answer.get("Uploads", ())]


def reach(server: S3Server, patch: pytest.MonkeyPatch) -> None:
    """Let this process, and those that it starts, find the server."""
    patch.delenv("SSL_CERT_DIR", raising=False)  # obstore starts with authorities only
    for name, value in server.environment.items():
        patch.setenv(name, value)


def empty(settings: Settings) -> None:
    """Remove everything from the store of these settings."""
    store = store_of(settings)
    for area in ("archive", "results", "uploads", "drop", "drafts"):
        for each in list(store.list(area)):
            store.delete(each.key)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A running server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield S3Server(port, process)
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError("the server of buckets did not start")

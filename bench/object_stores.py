"""`python -m bench.object_stores`: obstore beside s3fs, the usual way to a bucket in Python.

Each works in a process of its own against the same server of moto, which answers slowly; so the
processor time is what tells them apart. It is that of the client alone. Needs s3fs:
`pip install s3fs`.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count

from tests.buckets import s3_server

SMALL, LARGE = os.urandom(20_000), os.urandom(64 * 1024**2)
SMALL_OBJECTS, ROUNDS = 200, 5
PART_BYTES = 8 * 1024**2


def main() -> None:
    """Print milliseconds in the median of five rounds, and the memory of each process."""
    with s3_server() as server:
        bucket = server.make_bucket().name
        for library in ("obstore", "s3fs"):
            command = [sys.executable, "-m", "bench.object_stores", library, bucket, server.url]
            environment = {**os.environ, **server.environment}
            ran = subprocess.run(command, env=environment, capture_output=True, check=True)
            print(f"{library}: {ran.stdout.decode().strip()}")  # noqa: T201


def measure(library: str, bucket: str, url: str) -> dict[str, float]:
    """Processor and wall time of each operation, in milliseconds; memory in MiB."""
    measured = {}
    began = time.process_time(), time.perf_counter()
    put, get = {"obstore": _obstore, "s3fs": _s3fs}[library](bucket, url)
    put("first", b"1")
    measured |= _spent("first object, with import", began, 1)
    names = (f"small-{number}" for number in count())
    for _ in range(SMALL_OBJECTS):
        put(next(names), SMALL)
    operations = {
        "put 20 kB": (lambda: put(next(names), SMALL), SMALL_OBJECTS),
        "get 20 kB": (lambda: get("small-1"), SMALL_OBJECTS),
        "put 64 MiB in parts": (lambda: put("large", LARGE), 1),
        "get 64 MiB": (lambda: get("large"), 1),
    }
    for name, (operation, times) in operations.items():
        rounds = [_round(name, operation, times) for _ in range(ROUNDS)]
        measured |= {key: round(statistics.median(each[key] for each in rounds), 2)
                     for key in rounds[0]}  # fmt: skip
    measured["MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return measured


def _round(name: str, operation: Callable[[], object], times: int) -> dict[str, float]:
    began = time.process_time(), time.perf_counter()
    for _ in range(times):
        operation()
    return _spent(name, began, times)


def _spent(name: str, began: tuple[float, float], times: int) -> dict[str, float]:
    processor, wall = time.process_time() - began[0], time.perf_counter() - began[1]
    return {
        f"{name}: processor": round(processor * 1000 / times, 2),
        f"{name}: wall": round(wall * 1000 / times, 2),
    }


Put, Get = Callable[[str, bytes], object], Callable[[str], bytes]


def _obstore(bucket: str, url: str) -> tuple[Put, Get]:  # noqa: ARG001 - from the environment
    import obstore
    from obstore.store import from_url

    store = from_url(f"s3://{bucket}", client_options={"allow_http": True})
    return (
        lambda key, data: obstore.put(store, key, data, chunk_size=PART_BYTES),
        lambda key: bytes(obstore.get(store, key).bytes()),
    )


def _s3fs(bucket: str, url: str) -> tuple[Put, Get]:
    import s3fs

    files = s3fs.S3FileSystem(client_kwargs={"endpoint_url": url}, use_listings_cache=False)
    return (
        lambda key, data: files.pipe_file(f"{bucket}/{key}", data, chunksize=PART_BYTES),
        lambda key: files.cat_file(f"{bucket}/{key}"),
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(*sys.argv[1:])))  # noqa: T201
    else:
        main()

"""What the processes that open strangers' files are given of ours."""

import os

_NEEDED = ("PATH", "PYTHON", "LANG", "LC_", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def reader_environment() -> dict[str, str]:
    """The environment of such a process: no password of ours."""
    return {name: value for name, value in os.environ.items() if name.startswith(_NEEDED)}

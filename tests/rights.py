"""Rights of a process, for tests that run as root: root may read whatever it likes."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
_OVERRIDE = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by which root passes over the modes of files."""


@contextmanager
def held_to_modes() -> Iterator[None]:
    """Within, this thread may do with a file what its mode says, also as root."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    own = (ctypes.c_uint32 * 6)()  # twice: effective, permitted, inheritable
    if libc.capget(header, own):
        raise OSError(ctypes.get_errno(), "capget")
    less = type(own)(own[0] & ~_OVERRIDE, *own[1:])
    if libc.capset(header, less):
        raise OSError(ctypes.get_errno(), "capset")
    try:
        yield
    finally:
        libc.capset(header, own)

"""Processes for tests that kill them or need several.

Each is forked from a process that has the stages loaded: to load them takes seconds.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

FORKED = get_context("forkserver")
FORKED.set_forkserver_preload(["tests.importing"])


def four_processes() -> ProcessPoolExecutor:
    """A pool of four; what they run and return is pickled."""
    return ProcessPoolExecutor(4, mp_context=FORKED)

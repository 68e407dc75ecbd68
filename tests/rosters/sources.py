"""Bytes that are no file: what a byte source in object storage would be."""

import io
from typing import BinaryIO, Literal


class MemoryBytes:
    """A byte source in memory that counts how often it was opened, and what was left open."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._given: list[io.BytesIO] = []

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        assert mode == "rb"
        self._given.append(io.BytesIO(self._content))
        return self._given[-1]

    @property
    def opened(self) -> int:
        return len(self._given)

    @property
    def still_open(self) -> int:
        return sum(not each.closed for each in self._given)

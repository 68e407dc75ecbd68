"""Which pairs a reviewer goes through: the filters, which every address of the review carries."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query

from gateway.portal.reviews.decided_pair import MAX_TEXT
from registry.decisions.clusters import Task
from registry.decisions.review_queue import Chosen, Pair


@dataclass(frozen=True)
class Filters:
    """Which pairs a page shows, as its address says; empty for all.

    `file` is the import that asks, `sample` the bulk merge whose sample is judged.
    """

    reason: Annotated[str, Query(max_length=MAX_TEXT)] = ""
    band: Literal["", "very likely", "likely", "possible"] = ""
    days: Literal["", "1", "7", "30"] = ""
    file: UUID | None = None
    sample: UUID | None = None

    def chosen(self, at: datetime) -> Chosen:
        """The filters as the queue takes them."""
        found_from = at - timedelta(days=int(self.days)) if self.days else None
        return Chosen(
            self.reason or None, self.band or None, self.file, found_from, sample_of=self.sample
        )

    def query(self) -> str:
        """The filters as part of an address."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def at(self, path: str, more: str = "") -> str:
        """The address of a page that keeps the filters, with further parameters."""
        query = "&".join(filter(None, (self.query(), more)))
        return f"{path}?{query}" if query else path

    def of_pair(self, pair: Pair, act: str = "") -> str:
        """The address of a pair, or of an act on it, that keeps the filters."""
        return self.at(f"/review/{pair.younger.id}/{pair.older.id}{act}")

    def of_task(self, task: Task, more: str = "") -> str:
        """The address of what is decided at once: a cluster, or a pair.

        A sample is judged pair by pair.
        """
        if task.is_cluster and self.sample is None:
            return self.at(f"/review/cluster/{task.pair.younger.id}", more)
        return self.at(f"/review/{task.pair.younger.id}/{task.pair.older.id}", more)


NO_FILTER = Filters()
Filtered = Annotated[Filters, Depends()]

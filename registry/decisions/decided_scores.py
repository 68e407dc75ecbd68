"""How often people judged pairs of a score to be one person: the precision of the scores."""

import math
from dataclasses import dataclass
from itertools import pairwise

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.decisions.automatic_links import link_threshold
from registry.decisions.similar_pairs import latest_scoring_model

EDGES = (4.0, 6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 21.0, 25.0, 30.0)
"""From where a range of scores begins; the limits of the bands are among them."""

_Z = 1.96
_SQL = Statements(__file__)


@dataclass(frozen=True)
class DecidedRange:
    """Judged pairs with a score from `lowest` and below `highest`."""

    lowest: float
    highest: float
    same: int
    different: int

    @property
    def judged(self) -> int:
        """How many were judged."""
        return self.same + self.different

    @property
    def precision(self) -> float | None:
        """The share that is the same person; None without a judgement."""
        return self.same / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the share of all pairs of this range is with 95 % confidence, after Wilson."""
        if not self.judged:
            return None
        n, share = self.judged, self.same / self.judged
        middle = share + _Z**2 / (2 * n)
        spread = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)

    @property
    def title(self) -> str:
        """`below 4`, `8 to 10`, `30 and more`."""
        if math.isinf(self.lowest):
            return f"below {self.highest:g}"
        if math.isinf(self.highest):
            return f"{self.lowest:g} and more"
        return f"{self.lowest:g} to {self.highest:g}"


@dataclass(frozen=True)
class Thresholds:
    """The match weights at which something begins; None where it is not known, or is off."""

    review: float | None
    """From here a person is asked: the model's that scored the account's pairs last."""
    automatic: float | None
    """From here that model would allow a new patient to be linked at once."""
    link: float | None
    """From here the account links them, in the pairs scored last."""


def thresholds_of(connection: Connection, account: Account) -> Thresholds:
    """The account's thresholds; those of the model are known from the first search on."""
    model = latest_scoring_model(connection, account.id)
    if model is None:
        return Thresholds(None, None, None)
    return Thresholds(model.review, model.automatic, link_threshold(account, model.automatic))


def decided_by_score(connection: Connection, account_id: int) -> list[DecidedRange]:
    """All ranges, the lowest score first; pairs that a bulk merge merged are not counted."""
    about = {"account": account_id, "edges": list(EDGES)}
    counted = {
        bucket: counts
        for bucket, *counts in connection.execute(_SQL["count_decided_by_score"], about)
    }
    limits = (-math.inf, *EDGES, math.inf)
    return [
        DecidedRange(lowest, highest, *counted.get(bucket, (0, 0)))
        for bucket, (lowest, highest) in enumerate(pairwise(limits))
    ]

"""How good the scores of pairs turned out to be."""

from pydantic import Field

from gateway.api.models.body import Body


class RangeBody(Body):
    """Pairs that people judged, by score; pairs that were merged because of their score are not."""

    from_score: float | None = None
    below_score: float | None = None
    judged: int
    same: int
    different: int
    precision: float | None = Field(None, description="The share that is one person.")
    interval: tuple[float, float] | None = Field(
        None, description="Where that share of all such pairs is, with 95 % confidence."
    )


class ThresholdsBody(Body):
    """Scores at which something begins; left out where it is not known, or is off."""

    review: float | None = Field(None, description="A person is asked.")
    automatic: float | None = Field(None, description="The model would allow an automatic link.")
    link: float | None = Field(None, description="The account links new patients at once.")
    bands: dict[str, float] = Field(examples=[{"very likely": 15.0, "likely": 8.0}])


class ScoresBody(Body):
    """How good the scores turned out to be, the lowest first."""

    ranges: list[RangeBody]
    thresholds: ThresholdsBody

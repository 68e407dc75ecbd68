"""The precision that scores turned out to have, as a chart and as a table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from gateway.portal.formatting import point
from gateway.portal.languages import gettext, translated
from gateway.portal.page_requests import CanReview
from gateway.portal.rendering import render
from registry.decisions.decided_scores import (
    DecidedRange,
    Thresholds,
    decided_by_score,
    thresholds_of,
)
from registry.decisions.score_bands import BANDS

router = APIRouter(prefix="/review/scores")

LEFT, RIGHT, TOP, BOTTOM = 60.0, 990.0, 60.0, 290.0
"""The plot within the drawing, in its own units."""
GRID = (0.0, 0.5, 0.9, 1.0)


@dataclass(frozen=True)
class Point:
    """A range of scores in the drawing; `high` and `low` are the ends of the interval."""

    title: str
    counted: str
    x: float
    y: float | None
    high: float | None
    low: float | None


@dataclass(frozen=True)
class Limit:
    """A vertical line: from here on, pairs are called so."""

    title: str
    x: float


@router.get("")
def show_scores(page_request: CanReview) -> Response:
    """Decided pairs by score, with the limits of the bands and the thresholds."""
    with page_request.as_reader() as (connection, account):
        ranges = decided_by_score(connection, account.id)
        thresholds = thresholds_of(connection, account)
    return render(
        "reviews/score_chart.html",
        page_request,
        account=account,
        ranges=ranges,
        title_of=title_of,
        points=points_of(ranges),
        limits=limits_of(ranges, BANDS),
        thresholds=limits_of(ranges, named(thresholds)),
        links_from=thresholds.link,
        grid=[(share, round(_y(share), 1)) for share in GRID],
    )


def named(thresholds: Thresholds) -> dict[str, float]:
    """The thresholds by what begins there; one that is not known, or is off, is left out."""
    of_model = (
        gettext("may be linked") if thresholds.link is None else gettext("model allows links")
    )
    known = {
        gettext("asked"): thresholds.review,
        of_model: thresholds.automatic,
        gettext("linked at once"): thresholds.link,
    }
    if thresholds.link == thresholds.automatic:
        del known[of_model]
    return {name: score for name, score in known.items() if score is not None}


def points_of(ranges: Sequence[DecidedRange]) -> list[Point]:
    """A point in the middle of each range's column; without a judgement it has no height."""
    width = (RIGHT - LEFT) / len(ranges)
    return [
        Point(
            title_of(each),
            gettext("%(same)s of %(judged)s", same=each.same, judged=each.judged)
            if each.judged
            else gettext("none"),
            round(LEFT + (place + 0.5) * width, 1),
            None if each.precision is None else round(_y(each.precision), 1),
            None if each.interval is None else round(_y(each.interval[1]), 1),
            None if each.interval is None else round(_y(each.interval[0]), 1),
        )
        for place, each in enumerate(ranges)
    ]


def title_of(each: DecidedRange) -> str:
    """`below 4`, `8 to 10`, `30 and more`."""
    lowest, highest = (point(f"{edge:g}") for edge in (each.lowest, each.highest))
    if math.isinf(each.lowest):
        return gettext("below %(score)s", score=highest)
    if math.isinf(each.highest):
        return gettext("%(score)s and more", score=lowest)
    return gettext("%(low)s to %(high)s", low=lowest, high=highest)


def limits_of(ranges: Sequence[DecidedRange], thresholds: Mapping[str, float]) -> list[Limit]:
    """A line with its name at each threshold, within the column of its range."""
    width = (RIGHT - LEFT) / len(ranges)
    return [
        Limit(
            gettext("%(name)s from %(score)s", name=translated(name), score=point(f"{score:g}")),
            round(LEFT + (place + _within(each, score)) * width, 1),
        )
        for place, each in enumerate(ranges)
        for name, score in thresholds.items()
        if each.lowest <= score < each.highest and math.isfinite(score)
    ]


def _within(each: DecidedRange, score: float) -> float:
    """How far a score is into its range, from 0 to 1; 0.5 where the range has no end."""
    size = each.highest - each.lowest
    return (score - each.lowest) / size if math.isfinite(size) else 0.5


def _y(share: float) -> float:
    return BOTTOM - share * (BOTTOM - TOP)

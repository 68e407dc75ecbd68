"""The filters that every address of the review carries."""

from datetime import UTC, datetime
from uuid import UUID

from gateway.portal.reviews.filters import NO_FILTER, Filters
from registry.decisions.review_queue import ALL, Chosen

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def test_filters_choose_pairs():
    filters = Filters("similar", "likely", "7", UUID(int=7), UUID(int=8))
    found_from = datetime(2026, 11, 19, 9, tzinfo=UTC)
    assert filters.chosen(NOW) == Chosen(
        "similar", "likely", UUID(int=7), found_from, sample_of=UUID(int=8)
    )
    assert NO_FILTER.chosen(NOW) == ALL


def test_an_address_keeps_the_filters():
    filters = Filters(band="very likely", days="1")
    assert filters.at("/review") == "/review?band=very+likely&days=1"
    assert filters.at("/review", "judged=x") == "/review?band=very+likely&days=1&judged=x"
    assert NO_FILTER.at("/review", "judged=x") == "/review?judged=x"
    assert NO_FILTER.at("/review") == "/review"

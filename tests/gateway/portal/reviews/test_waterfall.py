"""The waterfall of a pair's evidence."""

from gateway.portal.reviews.waterfall import waterfall
from registry.decisions.evidence import Evidence


def line(title, words, weight):
    return Evidence(title, title, "level", words, weight)


def test_each_bar_begins_where_the_one_above_it_ended():
    bars = waterfall([line("phone", "the same", 20.0), line("first name", "differs", -5.0)], 5.0)
    assert [(bar.label, bar.said, bar.weight, bar.left, bar.width) for bar in bars] == [
        ("any two patients", "hardly ever one person", -10.0, 0.0, 500.0),
        ("phone the same", "strong for", 20.0, 0.0, 1000.0),
        ("first name differs", "against", -5.0, 750.0, 250.0),
    ]


def test_a_pair_without_evidence_has_the_first_bar_only():
    [bar] = waterfall([], -16.0)
    assert (bar.left, bar.width) == (0.0, 1000.0)


def test_evidence_that_says_nothing_is_still_seen():
    assert [bar.width for bar in waterfall([line("zip", "near", 0.0)], -16.0)] == [1000.0, 2]

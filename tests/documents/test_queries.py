"""Document queries over the wire: who is asked about, and what each answer leads to."""

from tests.documents.conftest import people
from tests.fhir import searchset


def test_each_created_patient_is_asked_about_once(harbor, endpoint):
    endpoint.reply = lambda asked: searchset(3 if asked.given == "Ada" else 0)
    done = harbor.imports(people("Ada", "Ben", "Cleo"))
    report = harbor.asks(done)
    assert sorted(endpoint.names) == ["Ada", "Ben", "Cleo"]
    assert harbor.states() == {
        "Ada": ("completed", 3, None),
        "Ben": ("completed", 0, None),
        "Cleo": ("completed", 0, None),
    }
    figures = ("planned", "completed", "failed", "found", "unplanned")
    assert [report.figures[name] for name in figures] == [3, 3, 0, 3, 0]

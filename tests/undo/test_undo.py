"""Undo of an import: what comes back, what stays, and whom it removes."""

from tests.files import john, maria


def test_undo_of_the_only_import_leaves_an_empty_registry_and_its_history(desk):
    done = desk.clinic.send(0, maria(city="Rome", flags="Frail; Lives alone"), john())
    undone = desk.undo(done)
    assert (undone.removed, undone.changed, undone.kept) == (2, 0, 0)
    assert not any(desk.tables().values())


def test_undo_of_an_update_brings_back_what_was_there(desk):
    desk.clinic.send(0, maria(city="Rome", score="1", flags="Frail"))
    before = desk.tables()
    done = desk.clinic.send(
        1, maria(city="Oslo", score="#N/A", flags="Alone", phone="212-555-0123")
    )
    undone = desk.undo(done)
    assert desk.tables() == before
    assert (undone.removed, undone.changed, undone.kept) == (0, 1, 0)

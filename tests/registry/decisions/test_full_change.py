"""What the row brought that created a patient is told the same, whatever happens to the patient."""

from registry.migrations.live_objects import OBJECTS
from schemas.canonical import PARTS, SCALARS
from tests.files import john, maria

VIEW = (OBJECTS / "1_full_change.sql").read_text(encoding="utf-8")
FULL = {
    "city": "Rome", "email": "maria@example.org", "phone": "+12125550123", "score": "2.50",
    "flags": "Frail; Lives alone", "mbi": "1EG4-TE5-MK73", "department": "Heart",
}  # fmt: skip


def creations(clinic):
    """By patient and attempt, what the row brought that created the patient."""
    rows = clinic.connection.execute(
        "SELECT told.patient_id, told.attempt, told.changes FROM full_change AS told"
        " JOIN patient_change AS stored USING (patient_id, import_id, attempt, line)"
        " WHERE stored.changes IS NULL"
    ).fetchall()
    return {(patient, attempt): changes for patient, attempt, changes in rows}


def test_a_creating_row_is_told_the_same_after_changes_an_undo_and_a_second_creation(clinic):
    done = clinic.send(0, maria(**FULL), john())
    created = creations(clinic)
    assert created[done.patient(2), 1]["flag/frail/name"] == [None, "Frail"]
    assert created[done.patient(2), 1]["risk_score"] == [None, "2.5"]
    assert len(created) == len(done.outcomes) == 2

    changed = clinic.send(2, maria(**FULL | {"city": "Oslo", "email": "#N/A", "flags": "#N/A"}))
    assert changed.outcomes == ["updated"]
    assert creations(clinic) == created
    clinic.opt_out(done.patient(2))
    assert creations(clinic) == created, "of whom nobody said it before, the row did not either"
    clinic.send(1, maria(street="1 Elm Street", city="Bern"))  # late: it only adds what nobody said
    assert creations(clinic) == created

    clinic.undo(changed)
    assert creations(clinic) == created
    clinic.undo(done)
    assert creations(clinic) == created
    clinic.backfill(done)
    again = creations(clinic)
    assert {key: again[key] for key in created} == created
    assert again[done.patient(3), 2] == created[done.patient(3), 1], "created for a second time"


def test_the_view_reads_every_scalar_and_every_attribute_of_every_part():
    for scalar in SCALARS:
        assert f"('{scalar.name}', patient.{scalar.name}" in VIEW
    for part in PARTS:
        _, _, before = VIEW.partition(f"'{part.name}'")
        branch = before.partition(f"FROM {part.table}\n")[0]
        names = ", ".join(f"'{name}'" for name in part.attributes)
        assert f"ARRAY[{names}]" in branch, part.name

"""Two patients side by side: rows, likeness, and the values that a merge keeps."""

from uuid import UUID

from gateway.portal.reviews.side_by_side import rows_of, rows_of_many
from registry.patients.record import Fact, Record


def fact(address: str, value: str) -> Fact:
    field, *rest = address.split("/")
    attribute = rest.pop() if rest else ""
    return Fact(field, "/".join(rest), attribute, value, None)


def record(number: int, **facts: str) -> Record:
    stated = [fact(address.replace("__", "/"), value) for address, value in facts.items()]
    return Record(UUID(int=number), stated, [])


def test_parts_are_one_row_and_capital_letters_are_told_apart():
    older = record(1, first_name="Ann", last_name="Lee", birth_date="1961-05-27", birth_year="1961",
                   flag__red__name="Red", address__home__line1="1 Main St",
                   address__home__city="Rome")  # fmt: skip
    younger = record(2, first_name="ANN", last_name="Lee", birth_year="1961", flag__red__name="red",
                     flag__blue__name="Blue", address__home__city="Oslo")  # fmt: skip
    kept = {"first_name": "Ann", "last_name": "Lee", "address/home/city": "Oslo"}
    rows = {row.label: row for row in rows_of(older, younger, kept, {})}
    assert list(rows) == ["Name", "Born", "Home address", "Flag"]
    assert (rows["Name"].likeness, rows["Born"].likeness) == ("spelling", "differs")
    assert rows["Flag"].likeness == "differs"
    assert [value.is_shared for value in rows["Flag"].younger] == [False, False]
    home = rows["Home address"]
    assert (home.older[0].text, home.older[0].is_kept) == ("1 Main St, Rome", False)
    assert (home.younger[0].text, home.younger[0].is_kept) == ("Oslo", True)


def test_the_year_of_birth_stands_alone_only_without_a_date():
    older = record(1, first_name="Ann", birth_date="1961-05-27", birth_year="1961")
    younger = record(2, first_name="Ann", birth_year="1961")
    rows = {row.label: row for row in rows_of(older, younger, {}, {})}
    assert [value.text for value in rows["Born"].older] == ["1961-05-27"]
    assert [value.text for value in rows["Born"].younger] == ["1961"]


def test_a_value_of_one_patient_only_says_whose_it_is():
    older = record(1, first_name="Ann", gender="F")
    younger = record(2, first_name="Ann", contact__phone__mobile__value="+12125550123")
    merged = {"first_name": "Ann", "gender": "F", "contact/phone/mobile/value": "+12125550123"}
    rows = {row.label: row for row in rows_of(older, younger, merged, {})}
    assert rows["Gender"].likeness == "only older"
    assert rows["Mobile phone"].likeness == "only younger"
    assert not any(row.is_choice for row in rows.values())


def test_who_somebody_is_comes_before_everything_else():
    older = record(1, flag__red__name="Red", gender="F", birth_year="1961", first_name="Ann")
    younger = record(2, identifier__internal__value="C-9", first_name="Ann")
    labels = [row.label for row in rows_of(older, younger, {}, {})]
    assert labels == ["Name", "Born", "Gender", "Internal ID", "Flag"]


def test_facilities_are_shown_by_name():
    older = record(1, facility__f1__facility_id="f1")
    (row,) = rows_of(older, record(2), {}, {"f1": "Main Street"})
    assert [value.text for value in row.older] == ["Main Street"]


def test_a_merge_that_drops_one_of_two_values_is_a_choice():
    older, younger = record(1, gender="F"), record(2, gender="M")
    (row,) = rows_of(older, younger, {"gender": "M"}, {})
    assert row.is_choice
    assert (row.older[0].is_kept, row.younger[0].is_kept) == (False, True)


def test_a_row_says_same_only_where_every_letter_is():
    def likeness(one: str, other: str) -> str:
        (row,) = rows_of(record(1, department=one), record(2, department=other), {}, {})
        return row.likeness

    assert likeness("Cardiology", "Cardiology") == "same"
    assert likeness("Cardiology", "CARDIOLOGY") == "spelling"
    assert likeness("Cardiology", "Cardiology ") == "differs"


def test_values_that_read_alike_and_are_of_other_fields_are_not_the_same():
    older = record(1, address__home__line1="1 Main St", address__home__city="Rome")
    younger = record(2, address__home__line1="1 Main St, Rome")
    (row,) = rows_of(older, younger, {}, {})
    assert row.older[0].text == row.younger[0].text
    assert row.likeness == "differs"


def test_a_choice_is_offered_where_a_merge_drops_one_of_two_values():
    older = record(1, gender="F", first_name="Ann", flag__red__name="Red", hie_opt_out="true")
    younger = record(2, gender="M", first_name="Ann", flag__blue__name="Blue", hie_opt_out="false")
    rows = {row.label: row for row in rows_of(older, younger, {}, {})}
    chosen = {label: [each.choice for each in row.older] for label, row in rows.items()}
    assert chosen == {
        "Name": [""],
        "Gender": ["gender"],
        "Flag": [""],
        "No record sharing (HIE opt-out)": [""],
    }


def test_records_of_a_cluster_are_compared_to_the_letter():
    records = [record(number, gender="F", department=name)
               for number, name in enumerate(("Ward", "ward", "WARD"))]  # fmt: skip
    rows = {row.label: row.likeness for row in rows_of_many(records, {})}
    assert rows == {"Gender": "same", "Department": "spelling"}

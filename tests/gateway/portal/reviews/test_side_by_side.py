"""Two patients side by side: rows, likeness, and the values that a merge keeps."""

from gateway.portal.reviews.side_by_side import rows_of
from registry.patients.history import Fact, Record


def fact(address: str, value: str) -> Fact:
    field, *rest = address.split("/")
    attribute = rest.pop() if rest else ""
    return Fact(field, "/".join(rest), attribute, value, None)


def record(number: int, **facts: str) -> Record:
    told = [fact(address.replace("__", "/"), value) for address, value in facts.items()]
    return Record(__import__("uuid").UUID(int=number), told, [])


def test_parts_are_one_row_and_capital_letters_make_no_difference():
    older = record(1, first_name="Ann", last_name="Lee", birth_date="1961-05-27", birth_year="1961",
                   flag__red__name="Red", address__home__line1="1 Main St",
                   address__home__city="Rome")  # fmt: skip
    younger = record(2, first_name="ANN", last_name="Lee", birth_year="1961", flag__red__name="red",
                     flag__blue__name="Blue", address__home__city="Oslo")  # fmt: skip
    stand = {"first_name": "Ann", "last_name": "Lee", "address/home/city": "Oslo"}
    rows = {row.label: row for row in rows_of(older, younger, stand, {})}
    assert list(rows) == ["Name", "Born", "Address: home", "Flag"]
    assert (rows["Name"].likeness, rows["Born"].likeness) == ("same", "differs")
    assert rows["Flag"].likeness == "differs"
    assert [value.is_shared for value in rows["Flag"].younger] == [True, False]
    home = rows["Address: home"]
    assert (home.older[0].text, home.older[0].is_kept) == ("1 Main St, Rome", False)
    assert (home.younger[0].text, home.younger[0].is_kept) == ("Oslo", True)

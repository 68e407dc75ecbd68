"""Metriport's numbered columns: addresses and their lines, phones, e-mails, the driver's licence."""

import pytest

from tests.schemas.tables import Staged, as_csv, csv_of, records, stage

PERSON = {"firstName": "Mary", "lastName": "Poe", "dob": "1951-05-05", "gender": "F"}
HOME = {"addressLine1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101"}


def one_row(**cells: str) -> Staged:
    """A file of one row; `_` in a name means the dash before a number."""
    row = PERSON | {name.replace("_", "-"): cell for name, cell in cells.items()}
    return stage("metriport", csv_of([[*row], [*row.values()]]))


def numbered(number: int, **changed: str) -> dict[str, str]:
    return {f"{name}_{number}": cell for name, cell in (HOME | changed).items()}


LINES = r"""
    line 1                  | line 2   | stored 1                | stored 2
    123 MAIN STREET         |          | 123 Main Street         |
    123 main street         |          | 123 Main Street         |
    123 McArthur Street     |          | 123 McArthur Street     |
    123 Main St., Rear;     |          | 123 Main St Rear        |
    123 Main St (back door) |          | 123 Main St             |
    123 Main St [rear] East |          | 123 Main St East        |
    123\s\sMain\nSt         |          | 123 Main St             |
    123 Main St Apt 4       |          | 123 Main St             | Apt 4
    123 MAIN ST APT 4       |          | 123 Main St             | Apt 4
    123 MAIN ST Apt 4       |          | 123 Main St             | Apt 4
    9 Elm St Apt 4 Rd Fl 2  |          | 9 Elm St                | Apt 4 Rd Fl 2
    123 Main St, Apt. 4     |          | 123 Main St             | Apt 4
    123 Main St #4          |          | 123 Main St             | #4
    123 Main St # 4         |          | 123 Main St             | # 4
    123 Oak Ave Unit B      |          | 123 Oak Ave             | Unit B
    123 Oak Avenue Suite 10 |          | 123 Oak Avenue          | Suite 10
    9 Elm Rd Ste 2          |          | 9 Elm Rd                | Ste 2
    9 Elm Road No 2         |          | 9 Elm Road              | No 2
    9 Elm Ln Number 2       |          | 9 Elm Ln                | Number 2
    9 Elm Lane Floor 2      |          | 9 Elm Lane              | Floor 2
    9 Elm Dr Fl 2           |          | 9 Elm Dr                | Fl 2
    9 Elm Blvd Trlr 2       |          | 9 Elm Blvd              | Trlr 2
    9 Elm Ct Lot 2          |          | 9 Elm Ct                | Lot 2
    9 Elm Pl Rm 2           |          | 9 Elm Pl                | Rm 2
    9 Elm Way Room 2        |          | 9 Elm Way               | Room 2
    9 Elm Loop Blg 2        |          | 9 Elm Loop              | Blg 2
    9 Elm Pkwy Building 2   |          | 9 Elm Pkwy              | Building 2
    9 Elm Hwy Apartment 2   |          | 9 Elm Hwy               | Apartment 2
    9 Broadway Apt 2        |          | 9 Broadway              | Apt 2
    9 Broadway APT #2       |          | 9 Broadway              | Apt #2
    1234 GRAND VISTA APT #3 |          | 1234 Grand Vista        | Apt #3
    350 Broadway #5         |          | 350 Broadway            | #5
    350 Broadway Apt PH2    |          | 350 Broadway            | Apt PH2
    350 Broadway Apt 5 Fl 2 |          | 350 Broadway            | Apt 5 Fl 2
    77 Route 9 Lot 4        |          | 77 Route 9              | Lot 4
    123 1/2 Broadway Unit B |          | 123 1/2 Broadway        | Unit B
    7 Calle Luna Apt 3B     |          | 7 Calle Luna            | Apt 3B
    9 Park Lot #5           |          | 9 Park                  | Lot #5
    100 MAIN ST EXT APT 2   |          | 100 Main St Ext         | Apt 2
    418 Main St NW Apt 5    |          | 418 Main St NW          | Apt 5
    418 Main St N.W. Apt 5  |          | 418 Main St N W         | Apt 5
    418 Main St North Apt 5 |          | 418 Main St North       | Apt 5
    16 Elm Ave S Apt Rear   |          | 16 Elm Ave S            | Apt Rear
    16 Elm Ave NW Apt 3B    |          | 16 Elm Ave NW           | Apt 3B
    12 Unit Road            |          | 12 Unit Road            |
    12 Unit Road Apt 4      |          | 12 Unit Road            | Apt 4
    5 Court Unit Road       |          | 5 Court Unit Road       |
    5 Court Unit Rd Apt 4   |          | 5 Court Unit Rd         | Apt 4
    14 Suite Dr             |          | 14 Suite Dr             |
    14 Suite Dr N           |          | 14 Suite Dr N           |
    14 Suite Dr Ste 200     |          | 14 Suite Dr             | Ste 200
    1 Apt Way               |          | 1 Apt Way               |
    1 Apartment Ave         |          | 1 Apartment Ave         |
    6 Lot Ln                |          | 6 Lot Ln                |
    6 Building Blvd 3       |          | 6 Building Blvd 3       |
    12 Suite Dreams Blvd    |          | 12 Suite Dreams Blvd    |
    200 Camelot 5           |          | 200 Camelot 5           |
    88 Broadway No 5        |          | 88 Broadway No 5        |
    9 Broadway Apt Rear     |          | 9 Broadway Apt Rear     |
    45 The Number Apt 2     |          | 45 The Number Apt 2     |
    12 Rue de la Suite 5    |          | 12 Rue de la Suite 5    |
    Calle 12 # 34-56        |          | Calle 12 # 34-56        |
    Unit 5 350 Broadway     |          | Unit 5 350 Broadway     |
    PO Box #12              |          | PO Box #12              |
    12 PO Box #4            |          | 12 PO Box #4            |
    RR 2 #14                |          | Rr 2 #14                |
    10 RR 2 #14             |          | 10 Rr 2 #14             |
    9 Shady Acres Space #5  |          | 9 Shady Acres Space #5  |
    9 Lotus Street          |          | 9 Lotus Street          |
    12 Unity Street         |          | 12 Unity Street         |
    123 MAIN ST., (rear)    | APT. 4   | 123 MAIN ST., (rear)    | Apt 4
    123 Main St Apt 4       | Floor 2  | 123 Main St Apt 4       | Floor 2
"""


@pytest.mark.parametrize("row", records(LINES), ids=lambda row: f"{row['line 1']}, {row['line 2']}")
def test_the_lines_of_an_address_are_tidied_and_a_unit_moves_to_line_two(row: dict[str, str]):
    staged = one_row(**HOME | {"addressLine1": row["line 1"], "addressLine2": row["line 2"]})
    assert staged.rows[2]["line1"] == row["stored 1"]
    assert staged.rows[2]["line2"] == (row["stored 2"] or None)
    assert staged.issues == []


def test_every_street_type_lets_a_unit_move():
    types = [
        "street",
        "st",
        "road",
        "rd",
        "lane",
        "ln",
        "drive",
        "dr",
        "avenue",
        "ave",
        "boulevard",
        "blvd",
        "circle",
        "cir",
        "court",
        "ct",
        "place",
        "pl",
        "terrace",
        "ter",
        "trail",
        "trl",
        "way",
        "highway",
        "hwy",
        "parkway",
        "pkwy",
        "crossing",
        "xing",
        "square",
        "sq",
        "loop",
        "path",
        "pike",
        "alley",
        "run",
    ]
    lines = [f"1 elm {kind} apt 2" for kind in types]
    rows = [[*PERSON, *HOME], *([*PERSON.values(), line, *[*HOME.values()][1:]] for line in lines)]
    staged = stage("metriport", csv_of(rows))
    assert {row["line2"] for row in staged.rows.values()} == {"Apt 2"}
    assert [row["line1"] for row in staged.rows.values()] == [f"1 Elm {t.title()}" for t in types]


def test_a_unit_moves_where_the_file_has_no_column_for_line_two():
    staged = one_row(**HOME | {"addressLine1": "1 Main St Apt 4"})
    assert (staged.rows[2]["line1"], staged.rows[2]["line2"]) == ("1 Main St", "Apt 4")


@pytest.mark.parametrize("number", range(1, 11))
def test_ten_numbered_addresses_are_read_beside_the_bare_one(number: int):
    staged = one_row(**HOME, **numbered(number, city="Salem"))
    assert staged.rows[2]["city"] == "Boston"
    assert staged.rows[2][f"city_{number}"] == "Salem"


def test_an_eleventh_number_is_an_unknown_column():
    staged = one_row(**HOME, **numbered(11, zip="bad"))
    assert "city_11" not in staged.rows[2]
    assert staged.issues == []


GAPS = """
    given                      | says
    addressLine1               | Missing city-2; Missing state-2; Missing zip-2
    city                       | Missing addressLine1-2; Missing state-2; Missing zip-2
    addressLine1 city state    | Missing zip-2
    city state zip             | Missing addressLine1-2
    addressLine1 state zip     | Missing city-2
    addressLine1 city zip      | Missing state-2
    addressLine2               | Missing addressLine1-2; Missing city-2; Missing state-2; Missing zip-2
"""


@pytest.mark.parametrize("row", records(GAPS), ids=lambda row: row["given"])
def test_each_gap_of_a_started_address_is_named_with_its_number(row: dict[str, str]):
    cells = HOME | {"addressLine2": "Apt 4"}
    some = {f"{name}_2": cells[name] for name in row["given"].split()}
    staged = one_row(**HOME, **some)
    assert staged.messages(2) == row["says"]
    assert staged.errored[2]


def test_a_gap_of_the_bare_address_is_named_without_a_number():
    assert one_row(**numbered(1), city="Boston").messages(2) == (
        "Missing addressLine1; Missing state; Missing zip"
    )


def test_an_address_with_nothing_in_it_is_ignored():
    staged = one_row(**HOME, **dict.fromkeys(numbered(2), " "))
    assert staged.issues == []
    assert staged.rows[2]["line1_2"] is None


@pytest.mark.parametrize(
    "given",
    [
        {"state": "ZZ"},
        {"zip": "1"},
        {"zip": "00000"},
        {"zip": "12345-6789"},
        {"state": "none", "zip": "abc"},
        {"state": "ZZ", "addressLine2": " ", "city": ""},
    ],
)
def test_an_address_with_nothing_usable_is_ignored(given: dict[str, str]):
    some = {f"{name}_2": cell for name, cell in given.items()}
    staged = one_row(**HOME, **some)
    assert staged.issues == []
    assert not staged.errored[2]
    assert {staged.rows[2].get(slot) for slot in ("line1_2", "city_2", "state_2", "zip_2")} == {
        None
    }
    assert one_row(**given).messages(2) == "Missing address"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"state": "MA"}, "Missing addressLine1-2; Missing city-2; Missing zip-2"),
        ({"zip": "02101"}, "Missing addressLine1-2; Missing city-2; Missing state-2"),
        ({"zip": "2101"}, "Missing addressLine1-2; Missing city-2; Missing state-2"),
        (
            {"state": "ZZ", "city": "Salem"},
            "Missing addressLine1-2; Invalid state-2; Missing zip-2",
        ),
        (
            {"state": "ZZ", "zip": "02101"},
            "Missing addressLine1-2; Missing city-2; Invalid state-2",
        ),
    ],
)
def test_an_address_with_anything_usable_names_its_gaps(given: dict[str, str], says: str):
    staged = one_row(**HOME, **{f"{name}_2": cell for name, cell in given.items()})
    assert says in staged.messages(2)
    assert staged.errored[2]


def test_at_least_one_complete_address_is_required():
    assert one_row().messages(2) == "Missing address"
    assert one_row(**dict.fromkeys(HOME, "")).messages(2) == "Missing address"
    assert one_row(**numbered(7)).issues == []


def test_invalid_states_and_zips_are_named_with_their_number():
    staged = one_row(**HOME, **numbered(3, state="XX", zip="1"))
    assert staged.messages(2) == "Invalid state-3; Invalid zip-3"


@pytest.mark.parametrize("kind", ["phone", "email"])
def test_phones_and_emails_are_bare_or_numbered_with_or_without_a_dash(kind: str):
    good = {"phone": "2125550123", "email": "mary@poe.org"}[kind]
    stored = {"phone": "+12125550123", "email": "mary@poe.org"}[kind]
    for header, slot, named in [
        (kind, kind, ""),
        (f"{kind}_1", f"{kind}_1", "-1"),
        (f"{kind}_10", f"{kind}_10", "-10"),
        (f"{kind}3", f"{kind}_3", "-3"),
    ]:
        assert one_row(**HOME, **{header: good}).rows[2][slot] == stored
        assert one_row(**HOME, **{header: "bad"}).messages(2) == f"Invalid {kind}{named}"


def test_all_faults_of_a_row_are_reported_at_once():
    staged = stage(
        "metriport",
        as_csv(
            """
            firstName | lastName | dob | gender | addressLine1-1 | city-1 | state-1 | zip-1 | phone-2 | email | ssn
                      |          | x   | q      | 1 Main St      |        | MA      | 12    | 5       | a     | 1
            """
        ),
    )
    assert staged.messages(2) == (
        "Missing firstName; Missing lastName; Missing/invalid dob; Missing/invalid gender; "
        "Missing city-1; Invalid zip-1; Invalid phone-2; Invalid email; Invalid SSN"
    )

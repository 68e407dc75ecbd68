"""When a mapping of the account's own columns is used, and what a file is under it."""

from dataclasses import replace

import pytest

from rosters.layout import layout_from_json
from rosters.mapped_layout import layout_of_file
from schemas.catalogue import get_format
from schemas.column_mapping import ColumnMapping, MappedColumn, mapping_from_json
from schemas.errors import FileFault
from schemas.formats import Format
from tests.rosters.sources import MemoryBytes

OWN = "Voornaam,Achternaam,Geboren,M/V,Kamer"
OWN_SLOTS = ("first_name", "last_name", "birth_date", "gender", None)


def own_headers(header: str = OWN, slots: tuple[str | None, ...] = OWN_SLOTS) -> ColumnMapping:
    named = zip(header.split(","), slots, strict=True)
    return ColumnMapping(3, tuple(MappedColumn(name, slot) for name, slot in named))


def by_position(*slots: str | None) -> ColumnMapping:
    return ColumnMapping(1, tuple(MappedColumn("", slot) for slot in slots), by_position=True)


def mapped(mapping: ColumnMapping | None, format_name: str = "thoroughcare") -> Format:
    return replace(get_format(format_name), mapping=mapping)


def read(text: str, file_format: Format):
    return layout_of_file(MemoryBytes(text.encode()), file_format)


def test_headers_of_their_own_are_read_as_a_person_mapped_them():
    layout = read(f"{OWN}\nAnn,Lee,1961-05-27,f,12\n", mapped(own_headers()))
    assert layout.slots == {"first_name": 0, "last_name": 1, "birth_date": 2, "gender": 3}
    assert layout.headers == tuple(OWN.split(","))
    assert layout.mapping == 3
    assert layout.unknown == ()
    assert layout.notes[-1] == ("columns_mapped", "read with version 3 of the column mapping")


def test_columns_may_come_in_another_order_spelling_and_number():
    layout = read("ward; M/V ;geboren;ACHTERNAAM;Voornaam\n", mapped(own_headers()))
    assert layout.slots == {"gender": 1, "birth_date": 2, "last_name": 3, "first_name": 4}
    assert layout.unknown == (0,)


@pytest.mark.parametrize("format_name", ["thoroughcare", "metriport"])
def test_a_file_whose_header_fits_needs_no_mapping(format_name):
    file_format = get_format(format_name)
    fits = ",".join(c.header for c in file_format.columns if c.required) + "\n"
    mapping = own_headers("First Name,Zip", ("last_name", "city"))
    assert read(fits, mapped(mapping, format_name)) == read(fits, file_format)


def test_a_column_that_the_format_leaves_unused_is_read_once_it_is_mapped():
    text = "First Name,Last Name,DOB,Sex,Natel\n"
    mapping = own_headers("Natel,Notiz", ("mobile_phone", "notes"))
    assert read(text, mapped(mapping)).slots["mobile_phone"] == 4
    assert read(text, mapped(own_headers("Natel", (None,)))).mapping == 0


def test_a_mapped_header_stands_above_one_that_the_format_knows():
    text = "First Name,Last Name,DOB,Sex,Cell Phone,Natel\n"
    layout = read(text, mapped(own_headers("Natel", ("mobile_phone",))))
    assert layout.slots["mobile_phone"] == 5
    assert layout.unknown == (4,)
    assert layout.notes[0] == ("unknown_column", "columns that are not used: Cell Phone")


def test_two_columns_of_one_name_are_told_apart_by_their_order():
    header = "Name,Name,Geboren,M/V"
    slots = ("last_name", "first_name", "birth_date", "gender")
    layout = read(f"{header}\n", mapped(own_headers(header, slots)))
    assert (layout.slots["last_name"], layout.slots["first_name"]) == (0, 1)


def test_a_file_that_is_not_the_mappings_is_refused_as_without_one():
    for mapping in (own_headers(), by_position("first_name", "last_name")):
        with pytest.raises(FileFault, match="none of the column names in line 1 is known"):
            read("Red,Green,Blue\n1,2,3\n", mapped(mapping))


def test_a_required_column_that_is_gone_is_named():
    with pytest.raises(FileFault, match="required columns are missing: Patient Birthday") as fault:
        read("Voornaam,Achternaam,M/V\n", mapped(own_headers()))
    assert fault.value.code == "missing_column"


def test_a_file_without_a_header_is_read_by_position():
    mapping = by_position("last_name", None, "first_name", "birth_date", "gender")
    layout = read("Lee,12,Ann,1961-05-27,f\n", mapped(mapping))
    assert (layout.headers, layout.width, layout.mapping) == ((), 5, 1)
    assert layout.slots == {"last_name": 0, "first_name": 2, "birth_date": 3, "gender": 4}


def test_a_title_above_a_header_is_not_taken_for_a_row_without_header():
    mapping = by_position("last_name", None, "first_name", "birth_date", "gender")
    with pytest.raises(FileFault, match="line 2 looks like the header"):
        read("Our patients\nFirst Name,Last Name,DOB,Sex,Zip\n", mapped(mapping))


def test_a_format_without_a_header_takes_one_that_is_mapped():
    header = "Klant,Voornaam,Achternaam,Jaar,M/V"
    slots = ("internal_id", "first_name", "last_name", "birth_year", "gender")
    file_format = mapped(own_headers(header, slots), "ptdirect")
    layout = read(f"{header}\nC-1,Ann,Lee,1977,f\n", file_format)
    assert (layout.lines_before_rows, layout.slots["birth_year"]) == (1, 3)
    plain = read("C-1,Ann,Lee,1977,f\n", file_format)
    assert plain == read("C-1,Ann,Lee,1977,f\n", get_format("ptdirect"))


def test_a_format_without_a_header_may_have_its_columns_in_another_order():
    mapping = by_position("last_name", "first_name", "internal_id", "birth_year", "gender")
    layout = read("Lee,Ann,C-1,1977,f\n", mapped(mapping, "ptdirect"))
    assert layout.slots["internal_id"] == 2


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        (own_headers(), f"{OWN}\n"),
        (by_position("last_name", "first_name", "birth_date", "gender"), "Lee,Ann,1961-05-27,f\n"),
    ],
)
def test_the_layout_comes_back_as_it_was(mapping, text):
    layout = read(text, mapped(mapping))
    assert layout_from_json(layout.as_json(), get_format("thoroughcare")) == layout
    assert layout_from_json({**layout.as_json(), "mapping": 0}, mapped(None)) == (
        None if mapping.by_position else replace(layout, mapping=0)
    )


def test_a_mapping_comes_back_as_it_was():
    assert mapping_from_json(own_headers().as_json()) == own_headers()


def test_headers_in_letters_that_the_format_drops_stay_apart():
    header = "名,姓,生年月日,性別,市,州,郵便番号,住所"
    slots = ("first_name", "last_name", "birth_date", "gender", "city", "state", "zip", "street")
    file_format = get_format("metriport")
    known = {column.slot for column in file_format.columns}
    slots = tuple(slot if slot in known else None for slot in slots)
    layout = read(f"{header}\n", mapped(own_headers(header, slots), "metriport"))
    assert layout.slots == {slot: i for i, slot in enumerate(slots) if slot}

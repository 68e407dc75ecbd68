"""What a clinic's own headings are taken for, before a person looks."""

from dataclasses import replace

import pytest

from rosters.mapping.sample import SampledColumn, read_sample
from rosters.mapping.suggest import CONTENT, KNOWN, SIMILAR, USUAL, suggest
from schemas.catalogue import get_format
from schemas.column_mapping import ColumnMapping, MappedColumn
from schemas.errors import FileFault
from tests.rosters.sources import MemoryBytes

CARE = get_format("thoroughcare")
SHEET = """Patient list of October,,,,,,,
,,,,,,,
Forename,Family Name,Born,M/F,Cell,Post Code,Chart No.,Shoe size
Ann,Lee,27 May 1961,f,212-555-0123,10001,A-1,38
Bob,Moss,1 June 1950,m,212-555-0199,10002,A-2,44
"""


def taken(*columns: tuple[str, str | None, str]):
    return list(columns)


def suggested(text: str, *, has_header: bool = True, file_format=CARE):
    sample = read_sample(MemoryBytes(text.encode()), file_format, has_header=has_header)
    found = suggest(sample.columns, file_format)
    return [
        (column.header, each.slot, each.why)
        for column, each in zip(sample.columns, found, strict=True)
    ]


def test_headings_of_their_own_are_known_by_their_usual_names_below_a_title():
    assert suggested(SHEET) == taken(
        ("Forename", "first_name", USUAL),
        ("Family Name", "last_name", KNOWN),
        ("Born", "birth_date", USUAL),
        ("M/F", "gender", USUAL),
        ("Cell", "mobile_phone", USUAL),
        ("Post Code", "zip", SIMILAR),
        ("Chart No.", "ehr_id", USUAL),
        ("Shoe size", None, ""),
    )


def test_values_say_what_a_column_is_where_its_header_says_nothing():
    text = "K1,K2,K3\n1961-05-27,ann@example.org,f\n1950-06-01,bob@example.org,m\n"
    assert suggested(text) == taken(
        ("K1", "birth_date", CONTENT), ("K2", "email", CONTENT), ("K3", "gender", CONTENT)
    )


def test_a_header_counts_for_nothing_where_the_values_speak_against_it():
    assert suggested("Sex\nBasel\nZürich\n") == taken(("Sex", "gender", KNOWN))
    assert suggested("Sexe\nBasel\nZürich\n") == taken(("Sexe", None, ""))


def test_a_file_without_a_header_has_its_columns_named_by_content():
    text = "Ann,Lee,1961-05-27,f\nBob,Moss,1950-06-01,m\n"
    found = suggested(text, has_header=False)
    assert found == taken(
        ("", None, ""), ("", None, ""), ("", "birth_date", CONTENT), ("", "gender", CONTENT)
    )


def test_no_two_columns_are_suggested_for_one_slot():
    found = suggested("Mobile,Handy\n212-555-0123,212-555-0124\n")
    slots = [slot for _, slot, _ in found if slot]
    assert slots[0] == "mobile_phone"
    assert len(set(slots)) == len(slots)


def test_what_a_person_mapped_before_comes_first_and_what_they_left_out_stays_out():
    columns = (MappedColumn("Born", None), MappedColumn("Cell", "home_phone"))
    file_format = replace(CARE, mapping=ColumnMapping(1, columns))
    assert suggested("Born,Cell\n1961-05-27,212-555-0123\n", file_format=file_format) == taken(
        ("Born", None, ""), ("Cell", "home_phone", KNOWN)
    )


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_delimiter_is_found_although_no_header_is_known(mark):
    text = "Forename,Familyname,Born\nAnn,Lee,27 May 1961\n".replace(",", mark)
    assert [header for header, *_ in suggested(text)] == ["Forename", "Familyname", "Born"]


def test_a_sample_ends_where_a_record_cannot_be_read():
    text = 'Forename,Born\nAnn,1961-05-27\n"Bob\n'
    sample = read_sample(MemoryBytes(text.encode()), CARE, has_header=True)
    assert sample.columns == (
        SampledColumn("Forename", ("Ann",)),
        SampledColumn("Born", ("1961-05-27",)),
    )
    assert sample.header_line == 1


def test_an_empty_file_has_no_columns():
    with pytest.raises(FileFault, match="holds no data"):
        read_sample(MemoryBytes(b"\n,,\n"), CARE, has_header=True)


def test_two_hundred_columns_of_the_widest_format_have_suggestions():
    header = ",".join(f"Field {i}" for i in range(200))
    rows = "\n".join(",".join(f"value {i}" for i in range(200)) for _ in range(50))
    found = suggested(f"{header}\n{rows}\n", file_format=get_format("metriport"))
    assert len(found) == 200


def test_a_number_in_a_header_is_not_taken_for_another_one():
    found = suggested("Telephone-7\n212-555-0123\n", file_format=get_format("metriport"))
    assert found[0][1] != "phone_8"
    assert found[0][2] in (SIMILAR, CONTENT)

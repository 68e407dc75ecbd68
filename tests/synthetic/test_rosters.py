import csv
import hashlib
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import phonenumbers
import polars as pl
import pytest

from synthetic import places
from synthetic.faults import EXCEL_DAY_ZERO
from synthetic.layouts import first_line
from synthetic.rosters import (
    FAULTS,
    Dirty,
    Format,
    dirty,
    headers,
    metriport_csv,
    next_roster,
    people,
    ptdirect_csv,
    roster,
    thoroughcare_csv,
    write_samples,
)

FORMATS: tuple[Format, ...] = ("metriport", "thoroughcare", "ptdirect")
WRITERS = {"metriport": metriport_csv, "thoroughcare": thoroughcare_csv, "ptdirect": ptdirect_csv}
HEADERS = {
    "metriport": (
        "externalId,firstName,lastName,dob,gender,addressLine1-1,addressLine2-1,city-1,state-1,"
        "zip-1,addressLine1-2,addressLine2-2,city-2,state-2,zip-2,phone-1,phone-2,email-1,email-2,"
        "ssn,driversLicenceNo,driversLicenceState,cohort-1,facilityId,hieOptOut"
    ),
    "thoroughcare": (
        "Patient First Name *,Patient Last Name *,Patient Birthday *,Patient Gender *,EHR ID,"
        "CCM Enrollment Date,Care Manager First Name,Care Manager Last Name,Physician First Name,"
        "Physician Last Name,Home Phone,Mobile Phone,Work Phone,Email,Street,City,State,Zip Code,"
        "Notes,Medicare ID,Medicare Enrollment Date,ICD10 Code,Primary Insurance,"
        "Primary Insurance Policy ID,Secondary Insurance,Risk Level,Risk Score,Patient Flags,"
        "Department,Language,Medications"
    ),
    "ptdirect": (
        "Internal_id,First name,Last name,Year of birth,Gender,Email,Mobile number,"
        "Diagnosis code,Client group"
    ),
}
# Written once by the code as it was accepted: a change of any byte is a change of every benchmark.
DIGESTS = {
    "metriport": "fb625f0c3f668fa10f6287b2d8eb11171388325c0860b10e93e300c8de547edd",
    "thoroughcare": "1b3ea5c18788e6f0881c105b98de8bec2105790bd386b528efee50fa63db0110",
    "ptdirect": "4b0614b938f8d3cd0fc74afb8e5fd52228871bf03e43777bb71524f6883e7bc4",
}


@pytest.fixture(scope="module")
def crowd() -> pl.DataFrame:
    return people(20_000, seed=7)


def records(path: Path) -> list[list[str]]:
    """Read the file as a spreadsheet would show it: a quoted line break stays in its row."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_seed_gives_the_same_bytes_on_every_machine(tmp_path: Path, format_name: Format) -> None:
    path = tmp_path / "roster.csv"
    WRITERS[format_name](people(500, seed=7), path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == DIGESTS[format_name]


def test_a_person_is_the_same_in_whatever_range_they_are_made(crowd: pl.DataFrame) -> None:
    assert people(50, seed=7, start=9_980).equals(crowd[9_980:10_030])


def test_another_seed_gives_other_people(crowd: pl.DataFrame) -> None:
    other = people(1_000, seed=8)
    same = (other["last_name"] == crowd["last_name"][:1_000]).sum()
    assert same < 50


@pytest.mark.parametrize("format_name", FORMATS)
def test_headers_are_those_of_the_format_page(tmp_path: Path, format_name: Format) -> None:
    WRITERS[format_name](people(3, seed=7), tmp_path / "roster.csv")
    assert ",".join(headers(format_name)) == HEADERS[format_name]
    first = (tmp_path / "roster.csv").read_text(encoding="utf-8").splitlines()[0]
    assert (first == HEADERS[format_name]) is (format_name != "ptdirect")


def test_line_ends_are_crlf_for_thoroughcare_and_lf_for_the_rest(tmp_path: Path) -> None:
    for format_name, writer in WRITERS.items():
        writer(people(40, seed=7), tmp_path / format_name)
        crlf = (tmp_path / format_name).read_bytes().count(b"\r\n")
        assert crlf == (41 if format_name == "thoroughcare" else 0)


def test_ids_and_emails_belong_to_one_person_each(crowd: pl.DataFrame) -> None:
    for column in ("number", "medicare_id", "ssn", "email"):
        filled = crowd[column].drop_nulls()
        assert filled.n_unique() == len(filled) > 0, column


def test_medicare_ids_have_the_published_shape(crowd: pl.DataFrame) -> None:
    letter, either = "[AC-HJKMNP-RT-Y]", "[0-9AC-HJKMNP-RT-Y]"
    shape = f"^[1-9]{letter}{either}[0-9]{letter}{either}[0-9]{letter}{letter}[0-9][0-9]$"
    assert crowd["medicare_id"].drop_nulls().str.contains(shape).all()


def test_social_security_numbers_were_never_issued_to_anybody(crowd: pl.DataFrame) -> None:
    assert crowd["ssn"].drop_nulls().str.contains(r"^9\d\d(0[1-9]|[1-4]\d)\d{4}$").all()
    assert not crowd["ssn"].drop_nulls().str.ends_with("0000").any()


def test_phones_are_on_the_555_exchange_and_have_the_shape_of_real_ones() -> None:
    made = pl.concat([people(2_000, seed=7), people(2_000, seed=7, start=500_000)])
    for column in ("home_phone", "mobile_phone", "work_phone"):
        phones = made[column].drop_nulls()
        assert phones.str.contains(r"^[2-9]\d\d555\d{4}$").all()
        assert not phones.str.contains(r"555(1212|4334)$").any()
        assert made[:2_000][column].drop_nulls().str.contains(r"55501\d\d$").all()


def test_every_area_code_is_one_that_a_number_check_accepts() -> None:
    for place in places.PLACES:
        number = phonenumbers.parse(f"+1{place.area_code}5552345")
        assert phonenumbers.is_valid_number(number), place


def test_emails_are_on_example_domains_only(crowd: pl.DataFrame) -> None:
    shape = r"^[a-z]+\.[a-z]+\.\d+@example\.(com|org|net)$"
    for column in ("email", "email_2"):
        assert crowd[column].drop_nulls().str.contains(shape).all()


def test_zips_belong_to_their_state_and_are_no_placeholders(crowd: pl.DataFrame) -> None:
    prefixes = {(place.state, place.zip_prefix) for place in places.PLACES}
    assert set(crowd.select("state", pl.col("zip").str.head(3)).unique().rows()) <= prefixes
    assert crowd["zip"].str.contains(r"^\d{5}$").all()
    assert crowd["zip"].str.starts_with("0").sum() > 500
    assert not crowd["zip"].is_in(["12345", "54321", "99999", "00000"]).any()
    assert not crowd["zip"].str.ends_with("0000").any()


def test_people_are_born_from_1925_to_2024_and_some_have_hard_names(crowd: pl.DataFrame) -> None:
    years = crowd["birth_date"].dt.year()
    assert (years.min(), years.max()) == (1925, 2024)
    last = crowd["last_name"]
    for shape in ("'", "-", " ", "^Mc[A-Z]", "^Mac", "[áéíóúñüöø]"):
        assert last.str.contains(shape).sum() > 50, shape
    assert Counter(crowd["gender"].to_list()).keys() == {"M", "F", "O", "U"}


def test_a_second_month_changes_just_the_people_it_says(crowd: pl.DataFrame) -> None:
    first = crowd[:2_000]
    month = next_roster(first, seed=7)
    columns = {"phone": ["mobile_phone"], "last name": ["last_name"]}
    columns |= {"address": ["street", "unit", "city", "state", "zip"], "unchanged": []}
    for fate, changed in columns.items():
        before = first.filter(pl.col("index").is_in(month.fates[fate]))
        after = month.people.filter(pl.col("index").is_in(month.fates[fate]))
        assert after.drop(changed).equals(before.drop(changed)), fate
        if changed:
            same = after.select(changed).rows()
            assert not set(enumerate(same)) & set(enumerate(before.select(changed).rows()))
    assert not set(month.fates["gone"]) & set(month.people["index"])
    assert month.fates["new"] == list(range(2_000, 2_120))
    assert len(month.people) == 2_000 - len(month.fates["gone"]) + 120


def test_a_third_month_changes_other_people_than_the_second(crowd: pl.DataFrame) -> None:
    second = next_roster(crowd[:2_000], seed=7)
    third = next_roster(second.people, seed=7)
    assert set(second.fates["phone"]) - set(third.fates["phone"])
    assert third.people["index"].n_unique() == len(third.people)


@pytest.fixture(params=FORMATS)
def planted(request: pytest.FixtureRequest, crowd: pl.DataFrame) -> tuple[pl.DataFrame, Dirty]:
    clean = roster(crowd[:400], request.param)
    return clean, dirty(clean, request.param, seed=7)


def test_planted_faults_are_on_the_lines_that_the_list_says(
    planted: tuple[pl.DataFrame, Dirty], tmp_path: Path
) -> None:
    _, made = planted
    made.write(tmp_path / "dirty.csv")
    read = records(tmp_path / "dirty.csv")
    assert read == made.records
    names = headers(made.format_name)
    faults = {fault.code: fault for fault in FAULTS[made.format_name]}
    for plant in made.plants:
        cells = read[plant.line - 1]
        for column, text in faults[plant.code].cells.items():
            if isinstance(text, str):
                assert cells[names.index(column)] == text, plant


def test_lines_without_a_planted_fault_are_the_clean_rows_in_order(
    planted: tuple[pl.DataFrame, Dirty],
) -> None:
    clean, made = planted
    at_fault = {plant.line for plant in made.plants}
    start = first_line(made.format_name)
    kept = [
        tuple(cells)
        for line, cells in enumerate(made.records[start - 1 :], start)
        if line not in at_fault
    ]
    rows = clean.fill_null("").rows()
    damaged_in_place = len(rows) - len(kept)
    positions = iter(rows)
    assert all(row in positions for row in kept)
    in_place = [
        fault
        for fault in FAULTS[made.format_name]
        if fault.edit in ("damage", "extra field", "short", "padded")
    ]
    assert damaged_in_place == len(in_place)


def test_every_fault_is_planted_as_often_as_asked(crowd: pl.DataFrame) -> None:
    for format_name in FORMATS:
        made = dirty(roster(crowd[:2_000], format_name), format_name, seed=7, times=3)
        wanted = {fault.code: 3 for fault in FAULTS[format_name]}
        assert Counter(plant.code for plant in made.plants) == wanted
        assert [plant.line for plant in made.plants] == sorted({p.line for p in made.plants})


def test_planting_leaves_its_input_alone_and_is_the_same_each_time(crowd: pl.DataFrame) -> None:
    clean = roster(crowd[:200], "metriport")
    before = clean.clone()
    once, again = (dirty(clean, "metriport", seed=3) for _ in range(2))
    assert clean.equals(before)
    assert (once.records, once.plants) == (again.records, again.plants)


def test_too_small_a_roster_for_its_faults_is_refused(crowd: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match="too few rows"):
        dirty(roster(crowd[:5], "metriport"), "metriport", seed=7)


def test_a_twin_shares_all_but_first_name_and_ids(crowd: pl.DataFrame) -> None:
    for format_name in FORMATS:
        made = dirty(roster(crowd[:400], format_name), format_name, seed=7)
        twin = next(plant for plant in made.plants if plant.code == "twin")
        assert twin.like_line is not None
        pair = zip(
            headers(format_name),
            made.records[twin.like_line - 1],
            made.records[twin.line - 1],
            strict=True,
        )
        assert {name for name, one, other in pair if one != other} <= set(twin.columns)


def test_a_conflicting_row_has_the_ids_of_two_different_people(crowd: pl.DataFrame) -> None:
    clean = roster(crowd[:400], "thoroughcare").fill_null("")
    made = dirty(clean, "thoroughcare", seed=7)
    plant = next(each for each in made.plants if each.code == "identifier_conflict")
    cells = dict(zip(headers("thoroughcare"), made.records[plant.line - 1], strict=True))
    by_medicare = clean.filter(pl.col("Medicare ID") == cells["Medicare ID"])
    by_number = clean.filter(pl.col("EHR ID") == cells["EHR ID"])
    assert (len(by_medicare), len(by_number)) == (1, 1)
    assert by_medicare.rows() != by_number.rows()


def test_a_birthday_as_a_serial_is_the_person_s_own(crowd: pl.DataFrame) -> None:
    clean = roster(crowd[:400], "thoroughcare")
    made = dirty(clean, "thoroughcare", seed=7)
    plant = next(each for each in made.plants if each.code == "birthday_serial")
    cells = dict(zip(headers("thoroughcare"), made.records[plant.line - 1], strict=True))
    person = clean.row(by_predicate=pl.col("EHR ID") == cells["EHR ID"], named=True)
    days = date.fromisoformat(person["Patient Birthday *"]) - EXCEL_DAY_ZERO
    assert cells["Patient Birthday *"] == str(days.days)


def test_the_demo_set_has_its_files_in_import_order(tmp_path: Path) -> None:
    samples = write_samples(tmp_path)
    assert [(each.account, each.path.name) for each in samples] == [
        ("sunrise-clinic", "october.csv"),
        ("harbor-health", "october.csv"),
        ("peak-physio", "october.csv"),
        ("sunrise-clinic", "november.csv"),
        ("harbor-health", "november.csv"),
        ("peak-physio", "november.csv"),
        ("sunrise-clinic", "december-export.csv"),
        ("harbor-health", "december-empty.csv"),
        ("peak-physio", "december-everyone.csv"),
        ("harbor-health", "walk-ins.csv"),
        ("peak-physio", "walk-ins.csv"),
    ]
    assert [len(each.plants) for each in samples[:3]] == [14, 24, 17]
    assert samples[6].path.read_bytes().startswith(b"%PDF-")
    assert len(records(samples[7].path)) == 1
    assert len(records(samples[8].path)) == 1_001
    again = write_samples(tmp_path / "again")
    assert [each.path.read_bytes() for each in samples] == [
        each.path.read_bytes() for each in again
    ]


def test_the_demo_set_uses_no_phone_outside_the_fiction_range(tmp_path: Path) -> None:
    for sample in write_samples(tmp_path):
        if sample.path.name == "december-export.csv":
            continue
        for found in re.findall(r"555-?(\d{4})\b", sample.path.read_text(encoding="utf-8")):
            assert found.startswith("01"), sample


def test_the_command_writes_clean_and_dirty_files(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "synthetic.rosters",
        "ptdirect",
        "--rows",
        "300",
        "--start",
        "5",
    ]
    clean, marred = tmp_path / "clean.csv", tmp_path / "dirty.csv"
    subprocess.run([*command, str(clean)], check=True)
    subprocess.run([*command, "--faults", "2", str(marred)], check=True)
    assert records(clean)[0][0] == "K00000006"
    assert len(records(clean)) == 300
    assert len(records(marred)) > 300

import csv
import io
import json

import pytest

from cli.formats.template import template_of
from schemas.catalogue import FORMATS, get_format


def rows(text):
    return list(csv.reader(io.StringIO(text, newline="")))


class TestTemplates:
    def test_it_is_the_header_alone_so_that_nothing_in_it_is_taken_for_a_patient(self, rosterline):
        written = rosterline("template", "thoroughcare")
        assert rows(written.stdout)[0][:3] == [
            "Patient First Name *",
            "Patient Last Name *",
            "Patient Birthday *",
        ]
        assert len(rows(written.stdout)) == 1
        assert written.stdout_bytes.endswith(b"\r\n")
        assert written.stderr == ""

    def test_a_format_without_a_header_gets_a_row_of_examples_and_a_warning(self, rosterline):
        written = rosterline("template", "ptdirect")
        assert len(rows(written.stdout)) == 1
        assert rows(written.stdout)[0][0] == "C-1001"
        assert "overwrite it" in written.stderr

    def test_examples_are_added_on_request(self, rosterline):
        header, example = rows(rosterline("template", "metriport", "--example").stdout)
        assert len(header) == len(example)

    def test_it_goes_to_a_file(self, rosterline, tmp_path):
        file = tmp_path / "template.csv"
        assert rosterline("template", "metriport", "-o", file).stdout == ""
        assert file.read_bytes().decode() == template_of(get_format("metriport"))

    def test_an_unknown_format_is_an_error(self, rosterline):
        assert "known formats" in rosterline("template", "hl7").stderr

    @pytest.mark.parametrize("name", FORMATS)
    def test_it_has_every_column_that_a_sender_must_fill(self, name):
        declared = get_format(name)
        required = [column for column in declared.columns if column.required]
        assert all(column.in_template for column in required)


class TestFormats:
    def test_they_are_listed(self, rosterline):
        listed = json.loads(rosterline("format", "list", "--json").stdout)
        assert [each["name"] for each in listed] == list(FORMATS)
        assert "PT Direct" in rosterline("format", "list").stdout

    def test_one_is_shown_with_what_its_columns_hold(self, rosterline):
        shown = rosterline("format", "show", "thoroughcare").stdout
        assert "Medicare ID" in shown
        assert "1EG4-TE5-MK73" in shown
        described = json.loads(rosterline("format", "show", "ptdirect", "--json").stdout)
        assert described["columns"][0]["header"] == "Internal_id"

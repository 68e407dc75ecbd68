"""Situations that people reported who import rosters: each file ends at its right value.

To add one: put the file into `inputs/` and a line into the table, at its place by name. A name may
stand for its file twice, as `file.csv, metriport`: what follows the comma tells them apart.
"""

import pytest

from tests.cases import dates_and_names, values
from tests.cases.right_values import FOLDER, Right, as_rows
from tests.schemas.conftest import OpenClinic, open_clinic

__all__ = ["open_clinic"]

ANN_OF_THE_FLOATS = """
    first_name | identifier/ehr/value | contact/value | address/postal_code | coverage/policy_id
    Ann        | 12345                | +12125550123  | 10001               | 42
"""
RIGHT_VALUES: dict[str, Right] = {
    "01_placeholder_ids.csv": Right(
        rows=as_rows(range(2, 12), "created", "placeholder_id"),
        holds="first_name | identifier/value\n Ann |\n Bob |\n Cleo |\n Dave |\n Eve |\n Frank |"
        "\n Gail |\n Hugo |\n Ida |\n Jack |",
    ),
    "02_shifted_ids_night1.csv": Right(rows=as_rows(range(2, 5), "created")),
    "02_shifted_ids_night2.csv": Right(
        after=("02_shifted_ids_night1.csv",),
        fault="identities_changed",
        reason="3 of 3 rows, the first on line 2",
        holds="""
        first_name | last_name | identifier/ehr/value | address/home/city
        Ann        | Baker     | M-1                  | Rome
        Bob        | Carter    | M-2                  | Oslo
        Cleo       | Dunn      | M-3                  | Bern
        """,
    ),
    "04_float_ids_night1.csv": Right(
        rows="line | outcome | codes\n 2 | created |", holds=ANN_OF_THE_FLOATS
    ),
    "04_float_ids_night2.csv": Right(
        after=("04_float_ids_night1.csv",),
        rows=as_rows([2], "unchanged", "whole_number_with_point " * 4 + "no_new_information"),
        holds=ANN_OF_THE_FLOATS,
    ),
    "05_hex_ids.csv": Right(
        rows=as_rows(range(6, 10), "errored", "id_in_scientific_notation"),
        others="created",
        holds="""
        first_name | identifier/ehr/value
        Ann        | 1E4589
        Bob        | 7e12
        Cleo       | 1E4590
        Dan        | 219E01
        """,
    ),
    "06_metriport_float.csv": Right(
        "metriport",
        rows="""
        line | outcome | codes
        2    | created | whole_number_with_point
        3    | errored | invalid_phone ssn_padded whole_number_with_point
        4    | errored | id_in_scientific_notation
        5    | created | whole_number_with_point
        6    | errored | id_in_scientific_notation
        """,
        holds="""
        first_name | identifier/value | contact/value
        Ann        | e1 + 012345678   | +12125550123
        Dan        | e4 + 123456789   |
        """,
    ),
    "07_sep_line.csv": Right(
        rows="line | outcome | codes\n 3 | created |\n 4 | created |",
        holds="first_name | last_name\n Ann | Baker\n Bob | Carter",
    ),
    "08_blank_comma_first_line.csv": Right(
        rows="line | outcome | codes\n 3 | created |\n 4 | created |",
    ),
    "08_blank_first_line.csv": Right(
        rows="line | outcome | codes\n 3 | created |\n 4 | created |",
    ),
    "08_footer_row.csv": Right(
        rows="line | outcome\n 2 | created\n 3 | created\n 4 | errored",
        holds="first_name | last_name\n Ann | Baker\n Bob | Carter",
    ),
    "08_footer_short.csv": Right(
        rows="line | outcome\n 2 | created\n 3 | created\n 4 | errored",
    ),
    "08_header_repeated.csv": Right(
        rows="line | outcome\n 2 | created\n 3 | created\n 4 | errored\n 5 | created",
        holds="first_name\n Ann\n Bob\n Cy",
    ),
    "08_title_row.csv": Right(
        fault="header_unusable", reason="line 3 looks like the header; remove the lines above it"
    ),
    "09_metriport_trailing.csv": Right("metriport", rows="line | outcome | codes\n 2 | created |"),
    "09_ptdirect_trailing.csv": Right(
        "ptdirect",
        rows="line | outcome | codes\n 1 | created |\n 2 | created |",
        holds="first_name | client_group/name\n Ann | grp\n Bob |",
    ),
    "09_trailing_commas_all.csv": Right(
        rows="line | outcome | codes\n 2 | created |\n 3 | created |", notes=("unknown_column",)
    ),
    "09_trailing_commas_data.csv": Right(
        rows="line | outcome | codes\n 2 | created |\n 3 | created |"
    ),
    "10_invisible.csv": Right(
        rows=as_rows([2], "created"),
        holds="""
        first_name | identifier/ehr/value | contact/value                  | address/postal_code
        Ann        | M-1                  | +12125550123 + ann@example.org | 10001
        """,
    ),
    "11_marks_are_letters.csv": Right(
        rows=as_rows(range(2, 12), "created"),
        holds="first_name\n रमा\n रीमा\n राम\n रोमी\n อานนท์\n อำนาจ\n กิตติ\n กัตตุ\n かな\n がな",
    ),
    "13_apostrophe_night1.csv": Right(rows=as_rows(range(2, 5), "created")),
    "13_apostrophe_night2.csv": Right(
        after=("13_apostrophe_night1.csv",),
        rows="""
        line | outcome | codes
        2    | updated |
        3    | updated | duplicate_in_file
        4    | updated | duplicate_in_file
        5    | updated | duplicate_in_file
        6    | updated | duplicate_in_file
        7    | updated | duplicate_in_file
        8    | updated |
        9    | updated | duplicate_in_file
        10   | updated |
        """,
        holds="""
        first_name | last_name
        Shannon    | O\uff07Brien
        Leilani    | Ka\u2018ahumanu
        Keola      | Keali\u02bbi
        """,
    ),
    "14_names_night1.csv": Right(rows=as_rows(range(2, 8), "created")),
    "14_names_night2.csv": Right(
        after=("14_names_night1.csv",), rows=dates_and_names.NAME_ROWS, holds=dates_and_names.NAMES
    ),
    "15_dates.csv": Right(
        rows=dates_and_names.DATE_ROWS, others="created", holds=dates_and_names.DATES
    ),
    "15_dates_metriport.csv": Right(
        "metriport",
        rows=dates_and_names.METRIPORT_DATE_ROWS,
        others="created",
        holds=dates_and_names.METRIPORT_DATES,
    ),
    "16_day_first.csv": Right(
        rows="""
        line | outcome | codes
        2    | errored | not_a_date
        3    | errored | date_order_unclear
        4    | errored | not_a_date
        5    | errored | date_order_unclear
        6    | errored | not_a_date
        """,
    ),
    "17_one_bad_byte.csv": Right(
        fault="encoding_not_allowed", reason="byte 94 (line 4) is not UTF-8"
    ),
    "17_truncated_utf8.csv": Right(
        fault="encoding_not_allowed", reason="byte 69 (line 3) is not UTF-8"
    ),
    "18_backslash_quotes.csv": Right(
        rows="""
        line | outcome | codes
        2    | created | stray_quote stray_quote
        3    | created | placeholder_id
        4    | created | placeholder_id
        """,
        holds="""
        first_name     | identifier/ehr/value | note/body
        Robert "Bobby" | M-11                 | likes "quotes", a lot
        Ann            |                      | \\N
        Abe            |                      | \\N
        """,
    ),
    "18_inner_quotes.csv": Right(
        rows="""
        line | outcome | codes
        2    | created | stray_quote stray_quote
        3    | created | stray_quote
        4    | created |
        5    | created |
        """,
        holds="""
        first_name   | last_name | note/body
        Robert "Bob" | Smith     | likes "quotes" a lot
        Ann          | Baker     | said "hi, there" ok
        Cy           | O"Dell    | 5'10" tall
        Dee          | Eng       | 5'10" tall
        """,
    ),
    "19_failed_rows_sent_back.csv": Right(
        holds="first_name | identifier/ehr/value\n Bob | P-2",
    ),
    "19_metriport_own_status.csv": Right(
        "metriport", rows="line | outcome\n 2 | created\n 3 | errored", notes=("unknown_column",)
    ),
    "19_patient_id_header.csv": Right(rows="line | outcome\n 2 | created\n 3 | errored"),
    "19_result_sent_back.csv": Right(
        rows="line | outcome\n 2 | unchanged\n 3 | created",
        holds="first_name | identifier/ehr/value\n Ann | P-1\n Bob | P-2",
        after=("19_patient_id_header.csv",),
    ),
    "20_values.csv": Right(rows=values.VALUE_ROWS, others="created", holds=values.VALUES),
    "38_bom_quoted.csv": Right(rows="line | outcome | codes\n 2 | created |"),
    "38_concat_bom.csv": Right(
        rows=as_rows([2, 3], "created"), holds="first_name | last_name\n José | Núñez\n Zoe | Last"
    ),
    "38_cp437.csv": Right(fault="encoding_not_allowed", reason="code page of MS-DOS"),
    "38_cr_only.csv": Right(holds="first_name | last_name\n Jo | Núñez"),
    "38_ctrl_z.csv": Right(rows="line | outcome | codes\n 2 | created |"),
    "38_fixed_comment.csv": Right(
        fault="header_unusable", reason="line 2 looks like the header; remove the lines above it"
    ),
    "38_html_entities.csv": Right(
        rows=as_rows([2, 3], "created", "html_entity html_entity"),
        holds="first_name | last_name\n Jos&eacute; | O&#39;Neil\n &amp; | Smith &amp; Co",
    ),
    "38_latin9_euro.csv": Right(notes=("encoding_recognised",)),  # nothing tells it from Latin-1
    "38_macroman.csv": Right(fault="encoding_not_allowed", reason="code page of Mac OS"),
    "38_single_quote_quoting.csv": Right(fault="wrong_quotes", reason="quoted with ' and '"),
    "38_smart_quotes.csv": Right(fault="wrong_quotes", reason="quoted with “ and ”"),
    "38_space_after_comma.csv": Right(
        rows="line | outcome | codes\n 2 | created | stray_quote",
        holds="first_name | last_name\n Ann | Spaced, Jr",
    ),
    "38_tab_in_csv_ext_txt.txt": Right(
        holds="first_name | last_name\n José | Núñez", notes=("delimiter_recognised",)
    ),
    "38_two_boms.csv": Right(holds="first_name | last_name\n José | Núñez"),
    "38_utf16_bom.csv": Right(
        holds="first_name | last_name\n José | Núñez", notes=("encoding_recognised",)
    ),
    "38_utf16le_nobom.csv": Right(
        holds="first_name | last_name\n José | Núñez", notes=("encoding_recognised",)
    ),
    "38_utf8_doubly.csv": Right(
        rows=as_rows([2], "created", "misread_letters misread_letters"),
        holds="first_name | last_name\n JosÃ© | NÃºÃ±ez",
    ),
    "40_shared_mbi.csv": Right(
        rows="line | outcome | codes\n 2 | created |\n 3 | errored | identifier_conflict",
        holds="first_name | birth_date | identifier/value\n Ann | 1950-01-02 | E-1 + 1EG4TE5MK73",
    ),
    "41_twins.csv": Right(
        rows="""
        line | outcome | codes
        2    | created |
        3    | created | in_review
        4    | created |
        5    | created |
        6    | created |
        7    | created | in_review
        """,
        holds="""
        first_name  | last_name | identifier/ehr/value
        Baby Boy    | Reed      |
        Baby Boy    | Reed      |
        Baby Girl A | Hill      |
        Baby Girl B | Hill      |
        Boy         | Lee       | T-1
        Boy         | Lee       | T-2
        """,
    ),
    "44_inch_marks.csv": Right(
        rows="line | outcome | codes\n 2 | created | stray_quote\n 3 | created |",
        holds='first_name | note/body\n Cy | 6" ruler\n Di | ok',
    ),
    "44_quotes_after_space.csv": Right(
        rows="line | outcome | codes\n 2 | created | stray_quote stray_quote\n"
        " 3 | created | stray_quote",
        holds="last_name | note/body\n Baker | prefers mornings\n Carter | ok",
    ),
    "44_two_stray_opening_quotes.csv": Right(
        fault="unclosed_quote", reason="line 2 opens a quote that is closed in the middle of"
    ),
}


@pytest.mark.parametrize("name", RIGHT_VALUES)
def test_an_input_ends_at_its_right_value(open_clinic: OpenClinic, name: str):
    right = RIGHT_VALUES[name]
    right.check(open_clinic(right.format_name), name.partition(",")[0])


def test_every_input_has_its_right_value():
    assert {path.name for path in FOLDER.iterdir()} == {
        name.partition(",")[0] for name in RIGHT_VALUES
    }

"""Situations that people reported who import rosters: each file ends at its right value.

To add one: put the file into `inputs/` and a line into the table, at its place by name. A name may
stand for its file twice, as `file.csv, metriport`: what follows the comma tells them apart.
"""

import pytest

from tests.cases.right_values import FOLDER, Right
from tests.schemas.conftest import OpenClinic, open_clinic

__all__ = ["open_clinic"]

RIGHT_VALUES: dict[str, Right] = {
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
        """,
        only_these_lines=True,
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
    "38_bom_quoted.csv": Right(rows="line | outcome | codes\n 2 | created |"),
    "38_cp437.csv": Right(fault="encoding_not_allowed", reason="code page of MS-DOS"),
    "38_cr_only.csv": Right(holds="first_name | last_name\n Jo | Núñez"),
    "38_ctrl_z.csv": Right(rows="line | outcome | codes\n 2 | created |"),
    "38_fixed_comment.csv": Right(
        fault="header_unusable", reason="line 2 looks like the header; remove the lines above it"
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


def test_every_name_of_the_table_is_a_file():
    files = {path.name for path in FOLDER.iterdir()}
    used = {name.partition(",")[0] for name in RIGHT_VALUES}
    used |= {earlier for right in RIGHT_VALUES.values() for earlier in right.after}
    assert used <= files

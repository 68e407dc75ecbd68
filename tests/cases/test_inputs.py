"""Situations that people reported who import rosters: each file ends at its right value.

To add one: put the file into `inputs/` and a line into the table, at its place by name. A name may
stand for its file twice, as `file.csv, metriport`: what follows the comma tells them apart.
"""

import pytest

from tests.cases.right_values import FOLDER, Right
from tests.schemas.conftest import OpenClinic, open_clinic

__all__ = ["open_clinic"]

RIGHT_VALUES: dict[str, Right] = {
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
    "09_metriport_trailing.csv": Right("metriport", rows="line | outcome | codes\n 2 | created |"),
    "09_trailing_commas_all.csv": Right(
        rows="line | outcome | codes\n 2 | created |\n 3 | created |", notes=("unknown_column",)
    ),
    "38_bom_quoted.csv": Right(rows="line | outcome | codes\n 2 | created |"),
    "38_two_boms.csv": Right(holds="first_name | last_name\n José | Núñez"),
    "38_cr_only.csv": Right(holds="first_name | last_name\n Jo | Núñez"),
    "38_tab_in_csv_ext_txt.txt": Right(
        holds="first_name | last_name\n José | Núñez", notes=("delimiter_recognised",)
    ),
    "38_utf16_bom.csv": Right(
        holds="first_name | last_name\n José | Núñez", notes=("encoding_recognised",)
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

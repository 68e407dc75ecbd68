"""What is kept of an uploaded file's name."""

import pytest

from gateway.portal.imports.upload_form import plain_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("roster.csv", "roster.csv"),
        ("C:\\Users\\ada\\roster.csv", "roster.csv"),
        ("../../etc/passwd", "passwd"),
        (".hidden.csv", "hidden.csv"),
        ("Roster\u202f2026\x07\u202e.csv", "Roster\u202f2026.csv"),
        ("x" * 400 + ".csv", "x" * 251 + ".csv"),
        ("\u00e9" * 200 + ".csv", "\u00e9" * 125 + ".csv"),
        ("..", "roster.csv"),
    ],
)
def test_a_file_name_cannot_leave_its_folder_or_be_too_long(given, kept):
    assert plain_name(given) == kept

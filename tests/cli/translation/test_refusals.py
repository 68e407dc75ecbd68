"""Which texts are found in the source of what refuses."""

import pytest

from cli.translation.refusals import refusals

SOURCE = """
BUSY = "it is busy; try again"
CODE = "too_many"

def act(user, keys):
    {}
"""


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ('raise NotAllowed("there is none")', ["there is none"]),
        ('raise NotAllowed(f"at most {MOST} of {user.name}")', ["at most {MOST} of {name}"]),
        (
            'raise NotAllowed(f"{a.name} and {b.name}: {len(keys)}")',
            ["{name} and {name2}: {value}"],
        ),
        ('raise FileFault("too_many", "split the file", 3)', ["split the file"]),
        ("raise Refused(HTTPStatus.CONFLICT, BUSY)", ["it is busy; try again"]),
        ('raise NotFound("there is " + "no such page")', ["there is no such page"]),
        # What nobody reads, or what is no text of its own.
        ("raise Refused(HTTPStatus.CONFLICT, CODE)", []),
        ("raise NotAllowed(error.said)", []),
        ('raise StageFailed("the stage ended")', []),
        ('raise NotAllowed(f"{first} {second}")', []),
    ],
)
def test_a_refusal_is_found_with_places_for_its_values(tmp_path, statement, found):
    module = tmp_path / "module.py"
    module.write_text(SOURCE.replace("{}", statement))
    assert list(refusals(module)) == found


def test_a_reason_that_a_function_returns_is_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text('def _reason(count):\n    return f"{count:,} rows differ"\n')
    assert list(refusals(module)) == ["{count} rows differ"]

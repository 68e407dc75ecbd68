"""Senders and API callers see what an error says; commands and settings are its advice."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.api.app import create_app
from registry.settings import Settings

ROOT = Path(__file__).parent.parent
ROOMS = ("schemas", "rosters", "identity", "registry", "assets", "gateway")
SEEN_BY_ALL = {
    *("FileFault", "NotFound", "NotAllowed", "Expired", "UnknownKey", "Refused", "Unsupported"),
    *("TargetRefused", "StageFailed", "MemoryExceeded", "MailNotSent", "problem"),
}
"""What a caller of the API, a user of the portal or a sender is shown. Errors that are answered
with "a part of the service cannot be reached" are not among them."""

ONLY_OF_OPERATORS = re.compile(r"`rosterline |ROSTERLINE_[A-Z]")


def raised(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in SEEN_BY_ALL:
                yield node


def texts(call: ast.Call) -> Iterator[str]:
    for argument in (*call.args, *(each.value for each in call.keywords if each.arg != "advice")):
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.mark.parametrize("room", ROOMS)
def test_no_error_that_everybody_sees_names_a_command_or_a_setting(room: str):
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for call in raised(ast.parse(path.read_text(encoding="utf-8")))
        if any(ONLY_OF_OPERATORS.search(text) for text in texts(call))
    ]
    assert found == []


def test_the_description_of_the_api_names_none(tmp_path: Path):
    app = create_app(Settings(home=tmp_path))
    assert ONLY_OF_OPERATORS.findall(str(app.openapi())) == []


def test_what_is_said_and_the_advice_are_shown_together_at_the_command_line():
    from schemas.errors import FileFault, NotFound

    assert str(NotFound("there is no such import", advice="`rosterline status` lists them")) == (
        "there is no such import (`rosterline status` lists them)"
    )
    fault = FileFault("empty_file", "the file is empty", advice="look at it")
    assert (fault.reason, fault.said) == ("the file is empty", "the file is empty")

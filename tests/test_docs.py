"""What can be used is documented, and the reference pages are those of this code."""

from dataclasses import fields

import pytest
from typer.core import TyperArgument

from cli import reference
from registry.setting import about
from registry.settings import Settings, variable

COMMANDS = dict(reference.commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name):
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name}"
        assert isinstance(parameter, TyperArgument) or parameter.help.endswith((".", "`."))


@pytest.mark.parametrize("setting", fields(Settings), ids=variable)
def test_every_setting_is_described(setting):
    assert about(setting).endswith(".")


@pytest.mark.parametrize(("name", "text"), reference.pages().items(), ids=list(reference.pages()))
def test_a_reference_page_is_up_to_date(name, text):
    assert (reference.FOLDER / name).read_text() == text, "run `python -m cli.reference`"

"""What can be used is documented, and the reference pages are those of this code."""

import pytest
from typer.core import TyperArgument

from cli.formats import reference
from registry.settings import Settings

COMMANDS = dict(reference.commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name):
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name}"
        assert isinstance(parameter, TyperArgument) or parameter.help.endswith((".", "`."))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name):
    assert (Settings.model_fields[name].description or "").endswith(".")


@pytest.mark.parametrize(("name", "text"), reference.pages().items(), ids=list(reference.pages()))
def test_a_reference_page_is_up_to_date(name, text):
    assert (reference.FOLDER / name).read_text() == text, "run `python -m cli.formats.reference`"

"""OpenLineage's published declarations, as the official client carries them in its classes.

The package holds no JSON schema, nor does another one in the package index that is kept up. Its
classes are generated from the schemas: each names the schema and definition it comes from, the
fields there are, which are required, and validators for the formats `date-time` and `uuid`. A field
that is not declared is a fault here, which the schemas let pass.
"""

import enum
import importlib
import pkgutil
import types
import typing
from urllib.parse import urlsplit

import attr
from openlineage.client import generated

_LEAVES = (str, int, float, bool)
_ADDRESSES = ("producer", "schemaURL")


def _definitions():
    """Class by the address of its definition, `…/RunEvent`."""
    modules = [
        importlib.import_module(f"{generated.__name__}.{found.name}")
        for found in pkgutil.iter_modules(generated.__path__)
    ]
    return {
        each._get_schema(): each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and attr.has(each) and hasattr(each, "_get_schema")
    }


DEFINITIONS = _definitions()


def faults_of(event):
    """What in this event is not as published; nothing for a good one."""
    found = []
    if event.get("schemaURL") not in DEFINITIONS:
        return [f"schemaURL {event.get('schemaURL')}"]
    _look("event", event, DEFINITIONS[event["schemaURL"]], found)
    return found


def _look(where, value, declared, found):
    fields = {field.name: field for field in attr.fields(declared)}
    hints = typing.get_type_hints(declared)
    for name in value.keys() - fields.keys():
        found.append(f"{where}.{name} is not declared")
    for name, field in fields.items():
        if name not in value:
            if field.default is attr.NOTHING:
                found.append(f"{where}.{name} is missing")
            continue
        _look_at_format(f"{where}.{name}", value[name], field, found)
        _look_at_value(f"{where}.{name}", value[name], hints[field.name], found)


def _look_at_format(where, value, field, found):
    if field.validator is not None:
        try:
            field.validator(None, field, value)
        except (ValueError, TypeError, AttributeError) as error:
            found.append(f"{where} is {value!r}: {error}")
    # The client's own look at a URI lets everything pass.
    is_address = field.name.lstrip("_") in _ADDRESSES
    if is_address and not urlsplit(str(value)).scheme:
        found.append(f"{where} is {value!r}, not a URI")


def _look_at_value(where, value, hint, found):
    if where.rpartition(".")[2].lower().endswith("facets"):
        for name, facet in value.items():
            declared = DEFINITIONS.get(facet.get("_schemaURL"))
            if declared is None:
                found.append(f"{where}.{name} has no published schema")
            else:
                _look(f"{where}.{name}", facet, declared, found)
        return
    # What is None is left out when an event is written.
    options = set(typing.get_args(hint) if _is_union(hint) else (hint,)) - {types.NoneType}
    problems = []
    for option in options:
        tried = []
        _look_at_option(where, value, option, tried)
        if not tried:
            return
        problems += tried
    found += problems


def _look_at_option(where, value, hint, found):
    origin = typing.get_origin(hint)
    if hint is typing.Any:
        return
    if origin is list and isinstance(value, list):
        for place, each in enumerate(value):
            _look_at_value(f"{where}[{place}]", each, typing.get_args(hint)[0], found)
    elif origin is dict and isinstance(value, dict):
        for name, each in value.items():
            _look_at_value(f"{where}[{name}]", each, typing.get_args(hint)[1], found)
    elif isinstance(hint, type) and attr.has(hint) and isinstance(value, dict):
        _look(where, value, hint, found)
    elif not _is_leaf(value, hint):
        found.append(f"{where} is {value!r}, not {hint}")


def _is_leaf(value, hint):
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return value in {member.value for member in hint}
    return hint in _LEAVES and (type(value) is hint or (hint is float and type(value) is int))


def _is_union(hint):
    return typing.get_origin(hint) in (typing.Union, types.UnionType)

"""Why requests and files are refused, as the source says it, with its values as places.

    NotAllowed(f"at most {MOST} keys can be active")   →   at most {MOST} keys can be active

The packages that refuse know no languages. Their texts are found in their source, so that a new one
is missing from the catalogues at once; the portal finds the values again
(`gateway/portal/catalogues.py`).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ERRORS = frozenset(("NotAllowed", "NotFound", "FileFault", "QuotaFull", "Expired", "Refused"))
"""The errors whose text users of the portal read; that of others is `UNAVAILABLE`."""

RETURNED = frozenset(("refusal", "reason", "refuse"))
"""Functions that return such a text."""

Constants = dict[str, str]


def refusals(path: Path) -> Iterator[str]:
    """The texts of a module; each value is a place with the value's name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: text
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and (text := text_of(statement.value)) is not None
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ERRORS:
            yield from _texts(node.args[:2], constants)
        elif isinstance(node, ast.FunctionDef) and node.name.strip("_") in RETURNED:
            for each in ast.walk(node):
                if isinstance(each, ast.Return) and each.value is not None:
                    yield from _texts([each.value], constants)


def _texts(values: list[ast.expr], constants: Constants) -> Iterator[str]:
    for value in values:
        text = constants.get(value.id) if isinstance(value, ast.Name) else text_of(value)
        # A code such as `too_many_rows` is no text.
        if text and " " in re.sub(r"\{\w+\}", "", text).strip():
            yield text


def text_of(value: ast.expr) -> str | None:
    """A text that stands in the source; None for any other expression.

    Of a text that depends on a condition, both come as one of them: `{name}`.
    """
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return _joined(parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            texts = text_of(left), text_of(right)
            return None if None in texts else "".join(filter(None, texts))
        case _:
            return None


def _joined(parts: list[ast.expr]) -> str:
    names: list[str] = []
    made = ""
    for part in parts:
        if isinstance(part, ast.FormattedValue):
            name = _name(part.value)
            names.append(name)
            count = names.count(name)
            made += f"{{{name}}}" if count == 1 else f"{{{name}{count}}}"
        elif isinstance(part, ast.Constant):
            made += str(part.value)
    return made


def _name(value: ast.expr) -> str:
    """A short name of an expression: `user.name` → `name`, `len(found)` → `value`."""
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return "value"

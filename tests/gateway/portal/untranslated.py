"""What a template says without translating it: words between its tags, and in some attributes.

The templates are read as source, so that no page has to be rendered in each of its states.
"""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

from jinja2 import nodes

from gateway.portal.rendering import environment

READ_BY_PEOPLE = frozenset(
    ("aria-label", "title", "placeholder", "alt", "data-label", "data-busy", "data-confirm")
)
NO_LANGUAGE = ("code", "kbd", "path", "style", "script")
"""Elements whose text is not of a language: values, keys."""

NAMES = frozenset(
    (
        "Rosterline",
        "Rosterline · Rosterline",
        "Dagster",
        "SFTP",
        "x-metriport-signature",
        "UTC",
        "Standard Webhooks",
        "Aegis, FreeOTP, Google Authenticator",
    )
)
"""Proper names, which are the same in all languages."""

CALLS = frozenset(("_", "gettext", "ngettext", "pgettext"))

_PIECE = re.compile(
    r"({#.*?#}|{%-?\s*trans\b.*?endtrans\s*-?%}"
    r"|{%-?\s*block (?:section|main_class)\b.*?endblock\s*-?%}|{%.*?%}|{{.*?}})",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"[\w-]+=$|[\w-]+=\"[^\"]*\"")
"""What a macro writes into a tag."""

_PLACE = re.compile("\ue000(\\d+)\ue001")
_LETTERS = re.compile(r"[^\W\d_]{2,}|\b[A-Z]\b")
_WORDS = re.compile(r"^[A-Z][a-z]|[a-z,] [a-z]")
"""Constants of statements are names as often as words; a capital letter, or a space, tells."""


def untranslated(source: str) -> list[str]:
    """The words of a template that no catalogue can translate."""
    shown: list[str] = []
    expressions: list[str] = []
    faults: list[str] = []
    for place, part in enumerate(_PIECE.split(source)):
        if not place % 2:
            shown.append(part)
        elif part.startswith("{{"):
            shown.append(f"\ue000{len(expressions)}\ue001")
            expressions.append(part)
        elif re.match(r"{%-?\s*(for|set|if|elif)\b", part):
            faults += _of_statement(part)
    reader = _Reader(expressions)
    reader.feed("".join(shown))
    reader.close()
    return faults + reader.faults + list(_not_written_out(source))


class _Reader(HTMLParser):
    def __init__(self, expressions: list[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.faults: list[str] = []
        self._expressions = expressions
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NO_LANGUAGE:
            self._inside.append(tag)
        if tag == "meta":
            return
        for name, value in attrs:
            if name in READ_BY_PEOPLE:
                self._judge(value or "")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._judge(data)

    def _judge(self, text: str) -> None:
        said = unescape(_PLACE.sub(" ", _ATTRIBUTE.sub("", text))).strip(" \n·,.…()/:")
        if _LETTERS.search(said) and said not in NAMES and "://" not in said:
            self.faults.append(said)
        for found in _PLACE.finditer(text):
            expression = self._expressions[int(found[1])]
            (output,) = environment().parse(expression).find_all(nodes.Output)
            for node in output.nodes:
                self.faults += [f"{each} in {expression}" for each in _said(node)]


def _of_statement(statement: str) -> Iterator[str]:
    ends = {"for": "{% endfor %}", "set": "", "if": "{% endif %}", "elif": "{% endif %}"}
    word = re.match(r"{%-?\s*(\w+)", statement)
    assert word
    source = statement.replace("elif", "if", 1) if word[1] == "elif" else statement
    if word[1] == "set" and "=" not in statement:
        return
    tree = environment().parse(source + ends[word[1]])
    looked_up = {
        id(const)
        for each in tree.find_all((nodes.Call, nodes.Compare))
        if isinstance(each, nodes.Compare)
        or (isinstance(each.node, nodes.Name) and each.node.name in CALLS)
        for const in each.find_all(nodes.Const)
    }
    for const in tree.find_all(nodes.Const):
        if (
            isinstance(const.value, str)
            and id(const) not in looked_up
            and _WORDS.search(const.value)
        ):
            yield f"{const.value!r} in {statement}"


def _said(node: nodes.Node) -> Iterator[str]:
    """Constants that an expression may show."""
    match node:
        case nodes.Const() | nodes.TemplateData():
            text = node.value if isinstance(node, nodes.Const) else node.data
            if isinstance(text, str) and _LETTERS.search(text) and text not in NAMES:
                yield repr(text)
        case nodes.CondExpr():
            yield from _said(node.expr1)
            if node.expr2 is not None:
                yield from _said(node.expr2)
        case nodes.Filter(node=nodes.Node() as inner):
            yield from _said(inner)
        case nodes.Concat():
            for each in node.nodes:
                yield from _said(each)
        case nodes.Add() | nodes.Or() | nodes.And():
            yield from _said(node.left)
            yield from _said(node.right)
        case nodes.Call():
            yield from _said_by_call(node)
        case _:
            return


def _not_written_out(source: str) -> Iterator[str]:
    """Looked up texts that are values: they would count as markup, and nobody would find them."""
    for call in environment().parse(source).find_all(nodes.Call):
        is_lookup = isinstance(call.node, nodes.Name) and call.node.name in CALLS
        if is_lookup and not isinstance(call.args[0], nodes.Const):
            yield f"a text that is not written out, on line {call.lineno}"


def _said_by_call(call: nodes.Call) -> Iterator[str]:
    if isinstance(call.node, nodes.Name) and call.node.name in CALLS:
        return
    if isinstance(call.node, nodes.Getattr) and isinstance(call.node.node, nodes.Dict):
        for pair in call.node.node.items:
            yield from _said(pair.value)
    for each in call.args:
        if (
            isinstance(each, nodes.Const)
            and isinstance(each.value, str)
            and not _WORDS.search(each.value)
        ):
            continue  # a name or a mark
        yield from _said(each)

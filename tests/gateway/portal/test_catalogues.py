"""The catalogues are complete, and fit the texts of the code."""

import re

import pytest
from babel.messages.pofile import read_po

from cli.translation.collect import brought_up_to_date
from gateway.portal.catalogues import PLACE, SAID, Catalogue, catalogue, path_of, pattern_of
from gateway.portal.languages import LANGUAGES
from gateway.portal.rendering import HERE
from tests.gateway.portal.untranslated import untranslated

TRANSLATED = sorted(LANGUAGES.keys() - {"en"})
NAMED = re.compile(r"%\((\w+)\)s")
MARKUP = re.compile(r"<[^>]*>")
TEMPLATES = sorted(HERE.rglob("templates/*.html"))


def messages(code):
    """(context, text, its translation) of each message; of a plural, each form with its text."""
    with path_of(code).open("rb") as file:
        for each in read_po(file, locale=code):
            if isinstance(each.id, tuple):
                one, many = each.id
                yield each.context, one, each.string[0]
                yield from ((each.context, many, text) for text in each.string[1:])
            elif each.id:
                yield each.context, each.id, str(each.string)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_catalogue_has_the_texts_of_the_code_and_no_others(code):
    assert path_of(code).read_bytes() == brought_up_to_date(code), "run `make words`"


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_translated(code):
    missing = [text for _, text, there in messages(code) if not there.strip()]
    assert missing == [], f"translate these texts in {path_of(code).name}"
    assert "#, fuzzy" not in path_of(code).read_text(encoding="utf-8")


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_places_and_the_markup_of_its_text(code):
    for context, text, there in messages(code):
        assert set(NAMED.findall(text)) == set(NAMED.findall(there)), text
        assert sorted(MARKUP.findall(text)) == sorted(MARKUP.findall(there)), text
        if context == SAID:
            # A word between that follows from the count may be left out.
            assert set(PLACE.findall(there)) <= set(PLACE.findall(text)), text
        # What is put before and behind it fits the translation as well.
        assert (text[:1].isspace(), text[-1:].isspace()) == (
            there[:1].isspace(),
            there[-1:].isspace(),
        ), text
        assert "%%" not in text or "%%" in there, text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_untranslated(template):
    assert untranslated(template.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("<p>{{ _('Rows') }}</p><code>a,b</code>", []),
        ("<p>{% trans n=count %}{{ n }} row{% pluralize n %}{{ n }} rows{% endtrans %}</p>", []),
        ("<a class=\"{{ 'good' if it else 'bad' }}\" href=\"/x\">{{ it.name }}</a>", []),
        ("{% if state == 'left out' %}{{ _('left out') }}{% endif %}", []),
        ("<p>Rows of {{ name }}</p>", ["Rows of"]),
        ('<input placeholder="File name">', ["File name"]),
        ("<p>{{ 'row' if count == 1 else _('rows') }}</p>", ["'row'"]),
        ("<p>{{ {'e': 'Error'}.get(it, _('Note')) }}</p>", ["'Error'"]),
        ("{% for it in [('a', 'By name')] %}{{ it }}{% endfor %}", ["'By name'"]),
        ("{{ button('right', 'Keep it') }}", ["'Keep it'"]),
        ("<p>{{ _(reason) }}</p>", ["a text that is not written out"]),
    ],
)  # fmt: skip
def test_what_a_template_says_untranslated_is_found(source, faults):
    found = untranslated(source)
    assert len(found) == len(faults)
    assert all(each.startswith(fault) for each, fault in zip(found, faults, strict=True))


def test_english_is_the_key_and_needs_no_file():
    assert catalogue("en") == Catalogue(catalogue("en").texts)
    assert not path_of("en").exists()


def test_values_are_found_in_a_text_that_was_made_elsewhere():
    found = pattern_of("{name} has at most {most} keys (of 1.5)").fullmatch
    assert found("Ann (A) has at most 2 keys (of 1.5)").groupdict() == {
        "name": "Ann (A)",
        "most": "2",
    }
    assert found("Ann has at most 2 keys (of 145)") is None

"""Bodies of calls and answers, without a server."""

import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from pydantic import ValidationError

from gateway.api.models.body import Body, Text, described
from gateway.api.models.patients import AddressToMatch
from gateway.api.models.webhooks import URL, NewSettings

ID = UUID("01a1fff5-9e53-7000-8000-2533b1138915")


class Named(Body):
    id: UUID
    name: Text


class NewNamed(Body):
    name: Text


@dataclass(frozen=True)
class Facility:
    id: UUID
    name: str
    account_id: int


class TestOf:
    def test_fields_take_the_values_of_the_record(self):
        named = Named.of(Facility(ID, "Main Street", 1))
        assert named.model_dump(mode="json") == {"id": str(ID), "name": "Main Street"}

    def test_given_values_come_before_those_of_the_record(self):
        assert Named.of(Facility(ID, "Main Street", 1), name="Other").name == "Other"

    def test_a_record_without_a_field_is_an_error(self):
        with pytest.raises(AttributeError):
            Named.of(object())


def test_names_are_in_camel_case_on_the_wire():
    class Sample(Body):
        webhook_url: str

    assert Sample(webhook_url="x").model_dump(by_alias=True) == {"webhookUrl": "x"}
    assert Sample.model_validate({"webhookUrl": "x"}) == Sample(webhook_url="x")


class TestText:
    @pytest.mark.parametrize("text", ["a", "Müller & Söhne", "名前", "x" * 200, "O'Brien", " "])
    def test_a_line_of_text_is_taken(self, text):
        assert NewNamed(name=text).name == text

    @pytest.mark.parametrize(
        "text", ["", "x" * 201, "two\nlines", "a\tb", "nul\0", "turned\u202eround", "\x85"]
    )
    def test_anything_else_is_refused_without_being_quoted_as_a_pattern(self, text):
        with pytest.raises(ValidationError) as caught:
            NewNamed(name=text)
        (fault,) = caught.value.errors()
        assert "\\x" not in fault["msg"]


@pytest.mark.parametrize(
    ("zip_code", "taken"),
    [("02101", True), ("02101-1234", True), ("021011234", True), ("2101", False), ("ABCDE", False)],
)
def test_a_zip_has_five_or_nine_digits(zip_code, taken):
    if taken:
        assert AddressToMatch(zip=zip_code).zip == zip_code
    else:
        with pytest.raises(ValidationError):
            AddressToMatch(zip=zip_code)


class TestWebhookUrl:
    @pytest.mark.parametrize("url", [None, "", "https://a.example/hook"])
    def test_an_address_or_none_is_taken(self, url):
        assert NewSettings(webhook_url=url).webhook_url == url

    def test_it_must_be_given(self):
        with pytest.raises(ValidationError):
            NewSettings.model_validate({})

    @pytest.mark.parametrize(
        ("url", "matches"),
        [
            ("", True),
            ("https://a.example", True),
            ("http://a.example:8080/hook?x=1", True),
            ("ftp://a.example", False),
            ("https://ada@a.example/", False),
            ("https://", False),
            ("https://a.example/a b", False),
        ],
    )
    def test_the_described_pattern_is_that_of_an_address(self, url, matches):
        assert bool(re.search(URL, url)) is matches


def test_every_call_describes_the_common_errors_and_its_own():
    assert sorted(described()) == [400, 401, 429, 503]
    assert sorted(described(404, 409)) == [400, 401, 404, 409, 429, 503]

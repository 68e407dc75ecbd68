"""Passwords are generated, hashed and verified."""

import pytest

from gateway.passwords import (
    MAX_PASSWORD,
    MIN_PASSWORD,
    hash_password,
    new_password,
    require_new,
    require_strong,
    verify_password,
)
from schemas.errors import NotAllowed


def test_a_generated_password_is_long_and_never_the_same():
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert {len(password) for password in made} == {24}


def test_a_password_verifies_against_its_own_hash_only():
    hashed = hash_password("right-horse-battery")
    assert "right-horse-battery" not in hashed
    assert verify_password(hashed, "right-horse-battery")
    assert not verify_password(hashed, "wrong-horse-battery")
    assert not verify_password(hashed, "")


def test_the_same_password_has_another_hash_each_time():
    assert hash_password("right-horse-battery") != hash_password("right-horse-battery")


@pytest.mark.parametrize("hashed", [None, "", "no hash", "$argon2id$v=19$"])
def test_without_a_valid_hash_no_password_is_right(hashed):
    assert not verify_password(hashed, "right-horse-battery")


@pytest.mark.parametrize("length", [MIN_PASSWORD, MAX_PASSWORD])
def test_the_shortest_and_the_longest_password_are_accepted(length):
    password = "x" * length
    assert verify_password(hash_password(password), password)


@pytest.mark.parametrize(
    ("length", "words"),
    [(0, "at least 12"), (MIN_PASSWORD - 1, "at least 12"), (MAX_PASSWORD + 1, "at most 1000")],
)
def test_a_password_that_is_too_short_or_too_long_is_refused(length, words):
    with pytest.raises(NotAllowed, match=words):
        hash_password("x" * length)


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiopas",
        "aaaaaaaaaaaa",
        "letmein12345678",
        "P@ssw0rd2026",
        "123456789012",
        "rosterline123",
        "Ada.Lovelace2026",
        "harbor-clinic-1",
    ],
)
def test_a_password_that_others_guess_first_is_refused_without_being_repeated(password):
    with pytest.raises(NotAllowed) as refused:
        require_strong(password, ["ada.lovelace@clinic.example", "harbor-clinic"])
    assert password not in str(refused.value)


def test_a_password_of_ours_is_hard_to_guess():
    require_strong(new_password(), ["ada.lovelace@clinic.example", "harbor-clinic"])


@pytest.mark.parametrize("password", ["cobalt-otter-lantern", "é" * 3 + "xq-w9 7zK~r"])
def test_a_password_that_is_hard_to_guess_is_accepted(password):
    require_strong(password, ["ada@clinic.example"])


def test_words_of_one_user_do_not_count_against_another():
    password = "zyxomma-quaverly"
    with pytest.raises(NotAllowed):
        require_strong(password, ["zyxomma@quaverly.example"])
    require_strong(password, ["ada@clinic.example"])


def test_a_password_that_was_used_before_is_refused():
    hashes = [hash_password("right-horse-battery"), hash_password("older-horse-battery")]
    require_new("new-horse-battery", hashes)
    for old in ("right-horse-battery", "older-horse-battery"):
        with pytest.raises(NotAllowed, match="before"):
            require_new(old, hashes)

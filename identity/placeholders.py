"""Values that stand where nothing is known. Matching takes them for missing.

Names are compared without case, accents, spaces and punctuation; a pattern has to match all of
it. Phones and e-mails that many patients share, such as a clinic's own, are not listed here: they
are counted in the account's registry (identity/frequencies.py).
"""

FIRST_NAME_PATTERN = (
    "(baby|bb|bg|infant|newborn|nb)(boy|girl|male|female|b|g|m|f)?([a-d]|[0-9]+)?"
    "|(boy|girl|twin)([a-d]|[0-9]+)?"
    "|baby(boy|girl)?of.*"
    "|test(ing|er|patient|test|[0-9]+)?|dummy|patient|unknown|unk|unkn|fnu|nfn|nofirstname"
    "|noname|nonegiven|notgiven|notprovided|unavailable|deceased|donotuse|xx+|zz+"
)
"""First names that name nobody, without case and punctuation."""

LAST_NAME_PATTERN = (
    "test(ing|er|patient|test|[0-9]+)?|dummy|patient|unknown|unk|unkn|lnu|nln|nolastname"
    "|noname|nonegiven|notgiven|notprovided|unavailable|donotuse|xx+|zz+"
)
"""Last names that name nobody."""

BIRTH_DATES = ("1900-01-01", "1901-01-01", "1899-12-30", "1899-12-31", "1970-01-01", "9999-12-31")
"""Birth dates that systems write for "not known": the first days of their calendars."""

SSN_PATTERN = (
    "0+|1+|2+|3+|4+|5+|6+|7+|8+|9+|123456789|987654321|078051120|219099999"
    "|(000|666)[0-9]{6}|[0-9]{3}00[0-9]{4}|[0-9]{5}0000"
)
"""Numbers that were never issued, or printed in an advertisement and used by thousands."""

PHONE_PATTERN = (
    "[+]1[0-9]{3}(0000000|1111111|2222222|3333333|4444444|5555555|6666666|7777777|8888888|9999999"
    "|1234567)"
)
"""Phone numbers that nobody has, as E.164."""

EMAIL_PATTERN = (
    "(none|no|noemail|na|n/a|nomail|declined|refused|unknown|test|null|notprovided|noreply|no-reply"
    "|donotreply|patient)@.*|.*@(none|noemail|no|unknown|declined|test|invalid)([.].*)?"
)
"""E-mail addresses that reach nobody."""

ADDRESS_PATTERN = (
    "homeless|unknown.*|unk|none|na|noaddress.*|nofixed.*|undomiciled|transient|generaldelivery"
    "|notgiven|notprovided|badaddress|returnedmail|returntosender|test|xx+|same|declined|refused"
)
"""First address lines that name no place, without case and punctuation."""

ZIP_PATTERN = "0+|1{5}|9+|12345"
"""Zip codes written to fill the field."""

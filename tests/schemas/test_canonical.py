"""Bits in `import_row.confirmed` are stored: each address keeps its number for ever."""

import pytest

from schemas.canonical import (
    CONFIRMED_BIT_COUNT,
    CONFIRMED_BITS,
    IDENTIFIER,
    MATCHING_SYSTEMS,
    PARTS,
    SCALARS,
    Scalar,
    address_text,
    check_confirmed_bits,
    confirmed_masks,
)

GIVEN_BITS = {
    "first_name": 0,
    "last_name": 1,
    "birth_date": 2,
    "birth_year": 3,
    "gender": 4,
    "language": 5,
    "care_manager_first_name": 6,
    "care_manager_last_name": 7,
    "physician_first_name": 8,
    "physician_last_name": 9,
    "department": 10,
    "risk_level": 11,
    "risk_score": 12,
    "hie_opt_out": 13,
    "identifier/ehr/value": 14,
    "identifier/mbi/value": 15,
    "identifier/internal/value": 16,
    "identifier/external/value": 17,
    "address/home/line1": 18,
    "address/home/line2": 19,
    "address/home/city": 20,
    "address/home/state": 21,
    "address/home/postal_code": 22,
    "contact/phone/home/value": 23,
    "contact/phone/mobile/value": 24,
    "contact/phone/work/value": 25,
    "contact/email/main/value": 26,
    "enrolment/ccm/enrolled_on": 27,
    "enrolment/medicare/enrolled_on": 28,
    "coverage/primary/payer": 29,
    "coverage/primary/policy_id": 30,
    "coverage/secondary/payer": 31,
    "withdrawn": 32,
}
"""The numbers under which registries hold rows. Lines may be added here, never changed."""


def test_every_address_has_the_number_under_which_rows_are_stored():
    given = {address_text(address): bit for address, bit in CONFIRMED_BITS.items()}
    assert {address: given.get(address) for address in GIVEN_BITS} == GIVEN_BITS
    assert given.keys() == GIVEN_BITS.keys(), "write a new address's number down here too"


def test_numbers_are_unique_and_fit_a_bigint():
    numbers = list(CONFIRMED_BITS.values())
    assert len(set(numbers)) == len(numbers)
    assert all(0 <= number < CONFIRMED_BIT_COUNT for number in numbers)


def test_every_address_with_a_number_is_one_of_a_patient():
    columns = {part.name: part.attributes for part in PARTS}
    scalars = {scalar.name for scalar in SCALARS}
    for field, item, attribute in CONFIRMED_BITS:
        if field in scalars:
            assert (item, attribute) == ("", "")
        else:
            assert item
            assert attribute in columns[field]


def test_the_value_of_a_bit_is_found_by_the_address_as_text():
    assert confirmed_masks()["address/home/city"] == 0x100000
    assert confirmed_masks()["first_name"] == 1


def test_numbers_stay_when_a_scalar_is_declared_before_all_others():
    first = Scalar("ethnicity", "text", "Patient.extension")
    check_confirmed_bits((first, *SCALARS), {**CONFIRMED_BITS, ("ethnicity", "", ""): 33})


@pytest.mark.parametrize(
    ("bits", "message"),
    [
        (CONFIRMED_BITS, "scalar 'ethnicity' has no bit: give it the next free number .* 33"),
        ({**CONFIRMED_BITS, ("ethnicity", "", ""): 13}, "two addresses have the same bit"),
        ({**CONFIRMED_BITS, ("ethnicity", "", ""): 63}, "numbered from 0 to 62"),
        ({**CONFIRMED_BITS, ("ethnicity", "", ""): -1}, "numbered from 0 to 62"),
    ],
)
def test_a_scalar_without_a_number_of_its_own_is_refused(bits, message):
    with pytest.raises(ValueError, match=message):
        check_confirmed_bits((*SCALARS, Scalar("ethnicity", "text", "Patient.extension")), bits)


def test_identifiers_are_found_by_name_and_hold_the_systems_that_match():
    assert (IDENTIFIER.name, IDENTIFIER.table) == ("identifier", "patient_identifier")
    assert all(system in IDENTIFIER.items for system in MATCHING_SYSTEMS)

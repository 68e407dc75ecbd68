"""Medicare ids, codes, lists, risk and language in a ThoroughCare file."""

from schemas.rules import Circumstances
from tests.schemas.tables import RECEIVED_ON, readings

MARIA = {
    "Patient First Name *": "Maria",
    "Patient Last Name *": "Lopez",
    "Patient Birthday *": "1961-05-27",
    "Patient Gender *": "f",
}


def check(slot: str, expected: str, circumstances: Circumstances | None = None) -> None:
    found, wanted = readings("thoroughcare", MARIA, slot, expected, circumstances)
    assert found == wanted


def test_a_medicare_id_has_the_eleven_characters_that_cms_allows():
    check(
        "medicare_id",
        """
        Medicare ID   | stored      | loads | says
        1EG4-TE5-MK73 | 1EG4TE5MK73 | yes   |
        1EG4TE5MK73   | 1EG4TE5MK73 | yes   |
        1eg4te5mk73   | 1EG4TE5MK73 | yes   |
        1EG4 TE5 MK73 | 1EG4TE5MK73 | yes   |
        0EG4TE5MK73   |             | yes   | Medicare ID: 0EG4TE5MK73 is not a Medicare id and was left out
        1SG4TE5MK73   |             | yes   | Medicare ID: 1SG4TE5MK73 is not a Medicare id and was left out
        1EL4TE5MK73   |             | yes   | Medicare ID: 1EL4TE5MK73 is not a Medicare id and was left out
        1EG4OE5MK73   |             | yes   | Medicare ID: 1EG4OE5MK73 is not a Medicare id and was left out
        1EG4TI5MK73   |             | yes   | Medicare ID: 1EG4TI5MK73 is not a Medicare id and was left out
        1EG4TE5BK73   |             | yes   | Medicare ID: 1EG4TE5BK73 is not a Medicare id and was left out
        1EG4TE5MZ73   |             | yes   | Medicare ID: 1EG4TE5MZ73 is not a Medicare id and was left out
        1EG4TE5MK7    |             | yes   | Medicare ID: 1EG4TE5MK7 is not a Medicare id and was left out
        1EG4TE5MK733  |             | yes   | Medicare ID: 1EG4TE5MK733 is not a Medicare id and was left out
        -             |             | yes   | Medicare ID: - stands for "no value" and was left out
        123-45-6789A  |             | yes   | Medicare ID: 123-45-6789A is not a Medicare id and was left out
        """,
    )


def test_icd_10_codes_are_split_and_each_invalid_one_is_named():
    check(
        "conditions",
        r"""
        ICD10 Code      | stored          | loads | says
        E11.9           | E11.9           | yes   |
        E119            | E11.9           | yes   |
        e11.9           | E11.9           | yes   |
        I10             | I10             | yes   |
        A00             | A00             | yes   |
        Z99             | Z99             | yes   |
        S72.001A        | S72.001A        | yes   |
        C7A.01          | C7A.01          | yes   |
        E11.9; I10      | E11.9 + I10     | yes   |
        E11.9,I10       | E11.9 + I10     | yes   |
        E11.9|I10       | E11.9 + I10     | yes   |
        E11.9 I10       | E11.9 + I10     | yes   |
        E11.9\nI10      | E11.9 + I10     | yes   |
        E11.9;E119;e11.9 | E11.9          | yes   |
        ;E11.9;;        | E11.9           | yes   |
        E11.9; diabetes | E11.9           | yes   | ICD10 Code: DIABETES is not an ICD-10 code and was left out
        250.00          |                 | yes   | ICD10 Code: 250.00 is not an ICD-10 code and was left out
        D51.0 Vitamin B12 deficiency anemia | D51.0 | yes | ICD10 Code: VITAMIN B12 DEFICIENCY ANEMIA is not an ICD-10 code and was left out
        E11.9 - Type 2 diabetes | E11.9   | yes   | ICD10 Code: TYPE 2 DIABETES is not an ICD-10 code and was left out
        Low B12; H1N1   |                 | yes   | ICD10 Code: LOW B12, H1N1 is not an ICD-10 code and was left out
        Fracture of T12 vertebra |        | yes   | ICD10 Code: FRACTURE OF T12 VERTEBRA is not an ICD-10 code and was left out
        E11.9/I10       | E11.9 + I10     | yes   |
        E11.9.          | E11.9           | yes   |
        I10 & E78.5     | I10 + E78.5     | yes   |
        I10 and E78.5   | I10 + E78.5     | yes   |
        ICD-10: I10     | I10             | yes   |
        fracture w/ T12 |                 | yes   | ICD10 Code: FRACTURE W/ T12 is not an ICD-10 code and was left out
        E11.9 and I10 controlled | E11.9  | yes   | ICD10 Code: AND I10 CONTROLLED is not an ICD-10 code and was left out
        E1              |                 | yes   | ICD10 Code: E1 is not an ICD-10 code and was left out
        E11.12345; I1X  |                 | yes   | ICD10 Code: E11.12345, I1X is not an ICD-10 code and was left out
        """,
    )


def test_flags_and_medications_are_split_on_semicolon_and_bar_only():
    for slot, header in (("flags", "Patient Flags"), ("medications", "Medications")):
        check(
            slot,
            f"""
            {header}                | stored                  | loads | says
            Fall risk               | Fall risk               | yes   |
            Fall risk; Lives alone  | Fall risk + Lives alone | yes   |
            Fall risk|Lives alone   | Fall risk + Lives alone | yes   |
            A, B and C              | A, B and C              | yes   |
            Fall risk;;Fall risk;   | Fall risk               | yes   |
            ;                       |                         | yes   |
            """,
        )


def test_a_risk_score_is_a_number():
    check(
        "risk_score",
        """
        Risk Score | stored | loads | says
        2          | 2      | yes   |
        2.50       | 2.5    | yes   |
        100        | 100    | yes   |
        -1.25      | -1.25  | yes   |
        +3         | 3      | yes   |
        .5         | 0.5    | yes   |
        0          | 0      | yes   |
        1e3        |        | yes   | Risk Score: 1e3 is not a number and was left out
        1,200      |        | yes   | Risk Score: 1,200 is not a number and was left out
        high       |        | yes   | Risk Score: high is not a number and was left out
        .          |        | yes   | Risk Score: . is not a number and was left out
        NaN        |        | yes   | Risk Score: NaN is not a number and was left out
        """,
    )


def test_a_risk_level_is_one_of_the_accounts_own_and_an_unknown_one_names_the_nearest():
    unknown = "is not a risk level of this account and was left out; the nearest is"
    check(
        "risk_level",
        f"""
        Risk Level | stored    | loads | says
        High       | High      | yes   |
        HIGH       | High      | yes   |
        very-high  | Very high | yes   |
        Hihg       |           | yes   | Risk Level: Hihg {unknown} High
        lw         |           | yes   | Risk Level: lw {unknown} Low
        """,
        Circumstances(RECEIVED_ON, risk_levels=("Low", "High", "Very high")),
    )


def test_risk_levels_that_differ_by_punctuation_only_are_told_apart():
    check(
        "risk_level",
        """
        Risk Level | stored | loads | says
        A+         | A+     | yes   |
        A-         | A-     | yes   |
        """,
        Circumstances(RECEIVED_ON, risk_levels=("A", "A+", "A-")),
    )


def test_an_account_without_risk_levels_accepts_any_text():
    check(
        "risk_level",
        """
        Risk Level   | stored       | loads | says
        Purple       | Purple       | yes   |
        very  unsure | very unsure  | yes   |
        """,
    )


def test_a_language_is_a_name_or_an_iso_639_code():
    check(
        "language",
        """
        Language   | stored | loads | says
        Spanish    | es     | yes   |
        SPANISH    | es     | yes   |
        es         | es     | yes   |
        ES         | es     | yes   |
        spa        | es     | yes   |
        ger        | de     | yes   |
        deu        | de     | yes   |
        Mandarin   | zh     | yes   |
        Chinese    | zh     | yes   |
        Vietnamese | vi     | yes   |
        Tagalog    | tl     | yes   |
        Haitian Creole | ht | yes   |
        en-US      | en     | yes   |
        zh_CN      | zh     | yes   |
        pt-BR      | pt     | yes   |
        zh-Hant-TW | zh     | yes   |
        English (US) | en   | yes   |
        Español    | es     | yes   |
        Chinese - Mandarin | zh | yes |
        English, Spanish |  | yes   | Language: English, Spanish is not a known language and was left out
        Declined   |        | yes   | Language: Declined is not a known language and was left out
        Klingonese |        | yes   | Language: Klingonese is not a known language and was left out
        xx         |        | yes   | Language: xx is not a known language and was left out
        """,
    )

"""Who is this patient? ThoroughCare's three questions, in their order, and what stops a match."""

from tests.schemas.clinic import Clinic, found_and_expected

MBI = "1EG4-TE5-MK73"
OTHER_MBI = "2EG4-TE5-MK73"


def says(sent, expected: str) -> None:
    found, wanted = found_and_expected(sent, expected)
    assert found == wanted


def holds(clinic: Clinic, expected: str) -> None:
    found, wanted = clinic.holds(expected)
    assert found == wanted


def test_the_ehr_id_decides_whatever_else_changed(thoroughcare: Clinic):
    thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | EHR ID
        Maria      | Lopez     | 1961-05-27 | f   | 007
        """
    )
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | EHR ID
        Marie      | Diaz      | 1961-05-27 | m   | 007
        """
    )
    says(sent, "line | outcome\n 2 | updated")
    holds(
        thoroughcare,
        """
        first_name | last_name | birth_date | identifier/ehr/value
        Marie      | Diaz      | 1961-05-27 | 007
        """,
    )


def test_leading_zeros_and_case_of_an_ehr_id_tell_patients_apart(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | EHR ID
        Maria      | Lopez     | 1961-05-27 | f   | 007
        Ana        | Ruiz      | 1971-05-27 | f   | 7
        Eva        | Paz       | 1981-05-27 | f   | a7
        Ida        | Gil       | 1991-05-27 | f   | A7
        """
    )
    assert sent.outcomes == ["created"] * 4


def test_the_medicare_id_decides_where_no_ehr_id_does(thoroughcare: Clinic):
    thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | Medicare ID | EHR ID
        Maria      | Lopez     | 1961-05-27 | f   | {MBI}       |
        """
    )
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | Medicare ID | EHR ID
        Marie      | Diaz      | 1961-05-27 | f   | 1eg4te5mk73 | 42
        """
    )
    says(sent, "line | outcome\n 2 | updated")
    holds(
        thoroughcare,
        """
        first_name | identifier/ehr/value | identifier/mbi/value
        Marie      | 42                   | 1EG4TE5MK73
        """,
    )


def test_names_birthday_and_gender_decide_where_no_identifier_does(thoroughcare: Clinic):
    thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex
        Maria      | Lopez     | 1961-05-27 | f
        """
    )
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | City
        Maria      | Lopez     | 5/27/1961  | F   | Boston
        Maria      | Lopez     | 1961-05-28 | f   |
        Maria      | Lopez     | 1961-05-27 | u   |
        Mario      | Lopez     | 1961-05-27 | f   |
        Maria      | Lopes     | 1961-05-27 | f   |
        """
    )
    assert sent.outcomes == ["updated", "created", "created", "created", "created"]


def test_names_are_compared_without_case_accents_punctuation_and_spaces(thoroughcare: Clinic):
    thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex
        José       | O'Brien   | 1961-05-27 | m
        Ana Maria  | De la Cruz-Nuñez | 1971-05-27 | f
        Łukasz     | Müller    | 1981-05-27 | m
        """
    )
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex
        JOSE       | OBRIEN    | 1961-05-27 | m
        ana-maria  | DELACRUZ NUNEZ | 1971-05-27 | f
        ŁUKASZ     | MULLER    | 1981-05-27 | m
        """
    )
    assert sent.outcomes == ["updated", "updated", "updated"]
    assert thoroughcare.count() == 3


def test_identifiers_of_two_patients_are_a_conflict_and_both_are_named(thoroughcare: Clinic):
    first = thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | EHR ID | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   | 1      |
        Ana        | Ruiz      | 1971-05-27 | f   |        | {MBI}
        """
    )
    sent = thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | EHR ID | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   | 1      | {MBI}
        """
    )
    one, other = first.patient(2), first.patient(3)
    says(
        sent,
        f"""
        line | outcome | codes               | says
        2    | errored | identifier_conflict | the identifiers of this row belong to two different patients, {one} and {other}; nothing was changed
        """,
    )
    assert [row["Result"] for row in sent.result_rows()] == ["Errored"]
    holds(thoroughcare, "first_name | identifier/mbi/value\n Maria | \n Ana | 1EG4TE5MK73")


def test_a_conflict_is_found_within_one_file_too(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | EHR ID | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   | 1      |
        Ana        | Ruiz      | 1971-05-27 | f   |        | {MBI}
        Maria      | Lopez     | 1961-05-27 | f   | 1      | {MBI}
        """
    )
    assert sent.outcomes == ["created", "created", "errored"]
    assert sent.codes(4) == ["identifier_conflict"]


def test_a_known_ehr_id_takes_a_new_medicare_id_in(thoroughcare: Clinic):
    thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | EHR ID | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   | 1      | {MBI}
        """
    )
    sent = thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | EHR ID | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   | 1      | {OTHER_MBI}
        """
    )
    assert sent.outcomes == ["updated"]
    holds(thoroughcare, "identifier/mbi/value\n 2EG4TE5MK73")


def test_a_namesake_with_another_ehr_id_is_a_new_patient_and_goes_to_review(thoroughcare: Clinic):
    first = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | EHR ID
        Maria      | Lopez     | 1961-05-27 | f   | 1
        """
    )
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | EHR ID
        Maria      | Lopez     | 1961-05-27 | f   | 2
        """
    )
    says(
        sent,
        f"""
        line | outcome | codes     | says
        2    | created | in_review | may be the same person as patient {first.patient(2)}; a person will judge (identifier differs)
        """,
    )
    assert thoroughcare.reviews() == [("identifier_differs", 2)]


def test_a_namesake_with_another_medicare_id_is_vetoed_as_well(thoroughcare: Clinic):
    thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   | {MBI}
        """
    )
    sent = thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   | {OTHER_MBI}
        """
    )
    assert sent.outcomes == ["created"]
    assert thoroughcare.reviews() == [("identifier_differs", 2)]


def test_a_namesake_without_an_identifier_of_its_own_is_the_stored_patient(thoroughcare: Clinic):
    thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | EHR ID | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   | 1      |
        """
    )
    sent = thoroughcare.sends(
        f"""
        First Name | Last Name | DOB        | Sex | EHR ID | Medicare ID
        Maria      | Lopez     | 1961-05-27 | f   |        | {MBI}
        """
    )
    assert sent.outcomes == ["updated"]
    assert thoroughcare.reviews() == []
    holds(thoroughcare, "identifier/ehr/value | identifier/mbi/value\n 1 | 1EG4TE5MK73")


def test_twins_with_ids_of_their_own_stay_two_patients_within_one_file(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | EHR ID
        Maria      | Lopez     | 1961-05-27 | f   | 1
        Maria      | Lopez     | 1961-05-27 | f   | 2
        """
    )
    assert sent.outcomes == ["created", "created"]
    assert thoroughcare.reviews() == [("identifier_differs", 3)]


def test_two_rows_of_one_file_for_one_patient_apply_in_their_order(thoroughcare: Clinic):
    sent = thoroughcare.sends(
        """
        First Name | Last Name | DOB        | Sex | City
        Maria      | Lopez     | 1961-05-27 | f   | Boston
        MARIA      | LOPEZ     | 1961-05-27 | f   | Salem
        """
    )
    assert sent.outcomes == ["created", "updated"]
    holds(thoroughcare, "first_name | address/home/city\n MARIA | Salem")


def test_the_same_ehr_id_in_two_accounts_is_two_patients(open_clinic):
    roster = """
        First Name | Last Name | DOB        | Sex | EHR ID
        Maria      | Lopez     | 1961-05-27 | f   | 1
        """
    north, south = open_clinic("thoroughcare", "north"), open_clinic("thoroughcare", "south")
    assert north.sends(roster).outcomes == south.sends(roster).outcomes == ["created"]
    assert north.count() == south.count() == 1

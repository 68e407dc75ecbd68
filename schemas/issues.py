"""The catalogue of issue codes: stable names that scripts may rely on, each with its remedy.

A code of `FILE_FAULTS` ends the import as `failed`; a code of a row is written to the row's result.
Whether it is an error or a warning can depend on the column; the format's reference page says so.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class IssueCode:
    """`meaning` says what was found, `remedy` what to do next."""

    code: str
    meaning: str
    remedy: str


FILE_FAULTS = (
    IssueCode("empty_file", "the file has no bytes, or no text", "export it again"),
    IssueCode(
        "archive_damaged",
        "the copy that was kept on receipt is damaged; the sender's file is not at fault",
        "restore the copy from a backup, or receive the same file again; then run the import again",
    ),
    IssueCode("no_rows", "there is a header and nothing below it", "export it again"),
    IssueCode("not_csv", "a picture, PDF or other binary file", "save it as CSV"),
    IssueCode(
        "cannot_be_opened",
        "a workbook or an archive that is damaged, or that a password protects",
        "save it without a password, and send it again",
    ),
    IssueCode(
        "cannot_be_decrypted",
        "a file that is encrypted for no key of the account, or by a passphrase",
        "encrypt it for the public key that you were given last, and send it again",
    ),
    IssueCode(
        "too_large_unpacked",
        "a workbook, an archive or an encrypted file that holds more than a file may have",
        "split it, or delete what stands far below and beside the rows of a sheet",
    ),
    IssueCode(
        "no_roster_inside",
        "no sheet of the workbook, or no file of the archive, fits the format",
        "send the right one by itself; the message names them",
    ),
    IssueCode(
        "several_rosters_inside",
        "several sheets of the workbook fit the format, or files of the archive where only one can "
        "be read",
        "send each by itself; the message names them",
    ),
    IssueCode(
        "too_many_members",
        "a zip archive with more files than may be looked at",
        "send several smaller archives",
    ),
    IssueCode(
        "encoding_not_allowed",
        "bytes that are not in an encoding of this format",
        "save it as CSV UTF-8; the message names the byte and the line",
    ),
    IssueCode(
        "wrong_delimiter",
        "fields are separated by something else than a comma",
        "export with commas",
    ),
    IssueCode(
        "unclosed_quote",
        "a quote is opened and not closed where its cell ends, so rows cannot be told apart",
        "close or remove the quote on the line that the message names",
    ),
    IssueCode(
        "wrong_quotes",
        "cells stand between marks that are no quotes in CSV, such as ‘ and ’",  # noqa: RUF001
        "export with straight double quotes",
    ),
    IssueCode(
        "line_too_long",
        "a line of more than 4,194,304 characters, a first one of more than 1,048,576",
        "export it again; its line ends are probably lost",
    ),
    IssueCode("too_many_blank_lines", "more than 1,048,576 blank lines", "export it again"),
    IssueCode(
        "header_unusable",
        "the first line names no column that the format knows",
        "start from `rosterline template`",
    ),
    IssueCode(
        "duplicate_header",
        "two columns mean the same field; the message names both",
        "keep one of them",
    ),
    IssueCode("missing_column", "a required column is missing", "add it"),
    IssueCode("too_many_columns", "more than 1,024 columns", "check the export"),
    IssueCode("too_many_rows", "more rows than the format allows", "split the file"),
    IssueCode(
        "identities_changed",
        "many rows have the identifier of a patient whose names and birth are all different",
        "look for a column that was shifted or sorted alone; if the file is right, let it "
        "through: at the portal, or with `rosterline backfill IMPORT --let-through`",
    ),
    IssueCode(
        "patient_gone",
        "the patient whom an API call names left the registry before the call was worked off",
        "look the patient up again; an undo or a merge may have removed the id",
    ),
    IssueCode(
        "check_stale",
        "patients changed since the file was checked, so that rows would now end otherwise",
        "check it again",
    ),
    IssueCode(
        "gave_up",
        "each run over the file was cut off, by a fault that may be ours; nothing was written",
        "ask us before you send it again",
    ),
    IssueCode(
        "refused",
        "the file was held because it was unlike the account's usual ones, and a person refused it",
        "send the right file",
    ),
    IssueCode(
        "cancelled",
        "the import was cancelled before anything was written",
        "send the file again if it is to be imported",
    ),
)

FILE_NOTES = (
    IssueCode("encoding_recognised", "the file was not UTF-8 and was read all the same", "nothing"),
    IssueCode("delimiter_recognised", "fields are not separated by commas", "nothing"),
    IssueCode(
        "part_of_file_read",
        "another sheet, another file of an archive, or a title above the header was not read",
        "see that the right one was",
    ),
    IssueCode(
        "hidden_cells_read",
        "rows or columns of the sheet are hidden, by a filter for instance, and were read too",
        "see that they belong to the roster",
    ),
    IssueCode(
        "patients_missing",
        "stored patients are not in the file, although it is the whole list; nobody was removed",
        "see that the list is whole; `rosterline missing IMPORT` lists them",
    ),
    IssueCode(
        "columns_mapped",
        "the account's own column mapping says what the columns mean",
        "see that each column is where it belongs",
    ),
    IssueCode(
        "unknown_column", "columns that the format does not know; they are echoed", "nothing"
    ),
)

ROW_FAULTS = (
    IssueCode("row_too_long", "more fields than columns", "look for a missing quote"),
    IssueCode("row_too_short", "fewer fields than columns; the rest reads as blank", "check it"),
    IssueCode(
        "stray_quote",
        "a cell's quotes are not as CSV has them: a quote inside a quoted cell, a space outside",
        "write each quote inside a quoted cell twice, and no space outside the quotes",
    ),
    IssueCode(
        "rows_within_cell",
        "a cell of several lines that have as many delimiters as a row; a stray quote may have "
        "swallowed rows",
        "see whether a quote is too much on that line",
    ),
    IssueCode("header_not_allowed", "a header in a format without one", "remove line 1"),
    IssueCode("nul_character", "a NUL character, which cannot be stored", "remove it"),
    IssueCode("cell_too_long", "more than 32,767 characters in a cell", "shorten it"),
    IssueCode(
        "html_entity",
        "text of a web page (`&eacute;`, `&#39;`), stored as it stands",
        "export it as plain text",
    ),
    IssueCode(
        "misread_letters",
        "letters that another program has misread (`JosÃ©` for José), stored as they stand",
        "save the file as CSV UTF-8 from the program that still shows them right",
    ),
)

VALUE_FAULTS = (
    IssueCode("missing_value", "a required value is blank", "fill it in"),
    IssueCode("missing_address", "no address at all", "give one complete address"),
    IssueCode("address_incomplete", "part of an address is missing", "complete it or blank it"),
    IssueCode("care_manager_incomplete", "only one of the two names", "give both or neither"),
    IssueCode("physician_incomplete", "only one of the two names", "give both or neither"),
    IssueCode("license_incomplete", "only one of number and state", "give both or neither"),
    IssueCode("not_a_date", "not a date, or a day that does not exist", "use YYYY-MM-DD"),
    IssueCode(
        "date_order_unclear",
        "a date that could have the day or the month first, in a column where other dates have the "
        "day first and none the month",
        "use YYYY-MM-DD",
    ),
    IssueCode("two_digit_year", "a year of two digits", "use YYYY-MM-DD"),
    IssueCode("date_before_1900", "a date before 1900", "check the year"),
    IssueCode("date_in_future", "a date after the day of receipt", "check the year"),
    IssueCode("excel_serial_date", "read as a spreadsheet's day number", "check the date"),
    IssueCode("invalid_birth_year", "not a whole number", "use a year of four digits"),
    IssueCode("birth_year_out_of_range", "more than 100 years ago, or later", "check the year"),
    IssueCode("invalid_gender", "not a gender of this format", "the message lists what is"),
    IssueCode(
        "gender_reworded", "a word of another system, stored as other or unknown", "check it"
    ),
    IssueCode("invalid_phone", "not a phone number", "correct it"),
    IssueCode("mobile_not_stored", "not an international number", "00, country code, number"),
    IssueCode("invalid_email", "not an e-mail address", "correct it"),
    IssueCode("email_not_stored", "not an e-mail address", "correct it"),
    IssueCode("invalid_state", "not a US state or territory", "use the code or the full name"),
    IssueCode("invalid_zip", "not a zip code", "use 5 digits"),
    IssueCode("placeholder_zip", "a placeholder such as 00000", "give the real one"),
    IssueCode("zip_padded", "leading zeros were lost and put back", "format the column as text"),
    IssueCode("ssn_padded", "leading zeros were lost and put back", "format the column as text"),
    IssueCode("invalid_ssn", "not a social security number", "use 9 digits"),
    IssueCode("invalid_medicare_id", "not a Medicare Beneficiary Identifier", "check the card"),
    IssueCode("invalid_icd10", "not of the shape of an ICD-10 code", "correct it"),
    IssueCode("invalid_number", "not a number", "use digits and a point"),
    IssueCode("unknown_risk_level", "not a level of the account", "the message names the nearest"),
    IssueCode("unknown_language", "not a language's name or code", "use ISO 639"),
    IssueCode("invalid_cohort", "not a cohort of the account", "`rosterline cohort list`"),
    IssueCode("invalid_facility", "not a facility of the account", "`rosterline facility list`"),
    IssueCode("invalid_opt_out", "neither true nor false", "use true or false"),
    IssueCode(
        "id_in_scientific_notation",
        "an id that a spreadsheet has rounded; two patients could share what is left",
        "format the column as text and export it again",
    ),
    IssueCode(
        "placeholder_id",
        'a word or number that stands for "no value" (N/A, NULL, 0, 999…); it identifies nobody',
        "leave the cell blank, or give the real one",
    ),
    IssueCode(
        "whole_number_with_point",
        "an id or number that a tool wrote as 12345.0; it was read as 12345",
        "format the column as text",
    ),
    IssueCode(
        "first_phone_taken", "several numbers in a cell; the first was taken", "one a column"
    ),
    IssueCode(
        "internal_id_not_neutral",
        "looks like a US social security or UK NHS number",
        "use a key of your own",
    ),
)

MATCH_NOTES = (
    IssueCode(
        "identifier_conflict",
        "the row's identifiers belong to two different patients, or one belongs to a patient whose "
        "first identifier is another",
        "find out which one is wrong; nothing was changed",
    ),
    IssueCode("ambiguous_match", "several patients match; the oldest was taken", "check it"),
    IssueCode("duplicate_in_file", "the same patient stands on an earlier line", "nothing"),
    IssueCode(
        "identity_changed",
        "first name, last name and birth all differ from what was stored under this identifier",
        "check that the key was not given to another person",
    ),
    IssueCode(
        "kept_newer_value",
        "a later-received import carried this field, or a person set it since, or replaced this "
        "very value; that value stays",
        "nothing",
    ),
    IssueCode(
        "correction_replaced",
        "a person had corrected this field by hand, and the row brings a third value, which is "
        "stored",
        "look at the patient's history",
    ),
    IssueCode("in_review", "may be the same person as another patient", "judge the pair"),
    IssueCode("no_new_information", "nothing in the row was new", "nothing"),
)

KEPT_NEWER = ": kept newer value from "
"""The text between address and source in messages of `kept_newer_value`, which are parsed again."""

GROUPS = {
    "Faults of a file": FILE_FAULTS,
    "Notes about a file": FILE_NOTES,
    "Faults of a row": ROW_FAULTS,
    "Faults of a value": VALUE_FAULTS,
    "From matching": MATCH_NOTES,
}
CODES = {issue.code: issue for group in GROUPS.values() for issue in group}

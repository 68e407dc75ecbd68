"""Right values of the inputs that try dates, and of those that try names.

`…ROWS` are the lines of which something is said, the other tables the patients stored.
"""

DATE_ROWS = """
    line | outcome | codes
    2    | errored | two_digit_year
    4    | errored | two_digit_year
    9    | errored | not_a_date
    12   | created | excel_serial_date
    13   | created | excel_serial_date
    14   | errored | not_a_date
    15   | errored | not_a_date
    16   | errored | not_a_date
    17   | errored | not_a_date
    19   | errored | not_a_date
    20   | errored | not_a_date
    23   | errored | not_a_date
    26   | errored | not_a_date
    27   | errored | not_a_date
    29   | errored | not_a_date
    30   | errored | not_a_date
    31   | errored | date_in_future
    32   | errored | date_before_1900
    34   | errored | not_a_date
    35   | errored | date_in_future
    36   | errored | date_in_future
"""
DATES = """
    first_name | birth_date
    A1         | 1985-01-01
    A3         | 1985-01-01
    A4         | 1985-01-01
    A5         | 1985-01-01
    A6         | 1985-01-01
    A8         | 1985-01-01
    A9         | 1985-01-01
    A10        | 1985-01-01
    A11        | 1985-01-01
    A16        | 1985-01-01
    A19        | 1985-01-01
    A20        | 1985-01-01
    A22        | 1985-01-01
    A23        | 1985-01-01
    A26        | 1900-01-01
    A31        | 1985-01-01
"""
METRIPORT_DATE_ROWS = """
    line | outcome | codes
    2    | errored | not_a_date
    3    | errored | not_a_date
    4    | errored | not_a_date
    10   | errored | not_a_date
    11   | errored | not_a_date
    12   | errored | not_a_date
    13   | errored | not_a_date
    14   | errored | not_a_date
    15   | errored | not_a_date
    16   | errored | not_a_date
    17   | errored | not_a_date
    18   | errored | not_a_date
    19   | errored | not_a_date
    20   | errored | not_a_date
    23   | errored | not_a_date
    24   | errored | not_a_date
    25   | errored | not_a_date
    26   | errored | not_a_date
    27   | errored | not_a_date
    28   | errored | not_a_date
    29   | errored | not_a_date
    30   | errored | not_a_date
    31   | errored | date_in_future
    32   | errored | not_a_date
    33   | errored | not_a_date
    34   | errored | not_a_date
    35   | errored | date_in_future
    36   | errored | date_in_future
"""
METRIPORT_DATES = """
    last_name | birth_date
    Zed3      | 1985-01-01
    Zed4      | 1985-01-01
    Zed5      | 1985-01-01
    Zed6      | 1985-01-01
    Zed7      | 1985-01-01
    Zed19     | 1985-01-01
    Zed20     | 1985-01-01
"""
NAME_ROWS = """
    line | outcome   | codes
    2    | created   |
    3    | created   |
    4    | created   |
    5    | created   |
    6    | updated   |
    7    | created   |
    8    | unchanged | no_new_information
    9    | updated   | duplicate_in_file
    10   | created   | in_review
    11   | created   | in_review in_review
    12   | updated   |
    13   | updated   |
"""
NAMES = """
    first_name | last_name
    John       | Smith
    Maria      | Garcia Lopez
    Maryann    | Jones
    Baby Boy   | Reed
    J.         | Doe
    Mary       | Van der Berg
    John       | Smith Jr.
    John Q     | Smith
    Dr. John   | Smith
    John, Jr.  | Smith
    Maria      | Garcia
    Baby Boy   | Reed
    Baby Boy   | Reed
"""
"""A suffix, a title or a second surname makes another name: no tier knows better (decision 003)."""

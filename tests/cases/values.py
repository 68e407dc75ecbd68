"""Right values of `20_values.csv`, whose rows each try one cell.

`VALUE_ROWS` are the lines of which something is said, `VALUES` the patients stored.
"""

VALUE_ROWS = """
    line | outcome | codes
    3    | created | invalid_icd10
    4    | created | invalid_icd10
    5    | created | invalid_icd10
    6    | created | invalid_icd10
    7    | created | invalid_icd10
    12   | created | invalid_icd10
    20   | created | invalid_icd10
    21   | created | invalid_icd10
    22   | created | invalid_icd10
    30   | created | unknown_language
    31   | created | unknown_language
    35   | created | unknown_language
    36   | created | unknown_language
    37   | created | unknown_language
    48   | created | invalid_state
    49   | created | invalid_state
    50   | created | invalid_state
    53   | created | invalid_state
    54   | created | invalid_state
    55   | created | invalid_state
    59   | created | zip_padded
    60   | created | invalid_zip
    63   | created | whole_number_with_point
    64   | created | zip_padded
    65   | created | placeholder_id
    66   | created | zip_padded
    68   | created | invalid_zip
    69   | created | invalid_zip
    73   | created | placeholder_id
    74   | created | placeholder_id
    75   | created | placeholder_id
    78   | created | invalid_phone
    79   | created | first_phone_taken
    84   | created | placeholder_id
    85   | created | placeholder_id
    86   | created | first_phone_taken
    89   | created | invalid_phone
    91   | created | whole_number_with_point
    92   | created | id_in_scientific_notation
    94   | created | invalid_email
    95   | created | invalid_email
    97   | created | invalid_email
    98   | created | invalid_email
    99   | created | invalid_email
    102  | created | invalid_email
    103  | created | invalid_email
    106  | created | invalid_email
    107  | created | invalid_number
    108  | created | invalid_number
    109  | created | invalid_number
    112  | created | invalid_number
    113  | created | invalid_number
    114  | created | invalid_number
    116  | errored | identifier_conflict
    117  | created | invalid_medicare_id
    118  | errored | identifier_conflict
    119  | created | invalid_medicare_id
    120  | created | placeholder_id
    121  | created | placeholder_id
    124  | created | gender_reworded
    125  | created | gender_reworded
    126  | errored | invalid_gender
    127  | errored | invalid_gender
    128  | created | gender_reworded
    129  | created | gender_reworded
    130  | errored | invalid_gender
    131  | errored | invalid_gender
    132  | created | gender_reworded
    134  | errored | invalid_gender
    135  | created | gender_reworded
    136  | errored | invalid_gender
    137  | errored | invalid_gender
    138  | errored | invalid_gender
"""
_HEADING = (
    "first_name | gender | language | condition/code | address/home/state"
    " | address/home/postal_code | contact/value | risk_score | identifier/mbi/value\n"
)
VALUES = (
    _HEADING
    + """
    A2 | F |  | E11.9 + I10 |  |  |  |  |
    A3 | F |  | E11.9 |  |  |  |  |
    A4 | F |  | D51.0 |  |  |  |  |
    A5 | F |  |  |  |  |  |  |
    A6 | F |  |  |  |  |  |  |
    A7 | F |  |  |  |  |  |  |
    A8 | F |  | E11.9 |  |  |  |  |
    A9 | F |  | E11.9 |  |  |  |  |
    A10 | F |  | E11.9 + I10 |  |  |  |  |
    A11 | F |  | I10 |  |  |  |  |
    A12 | F |  | Z23 |  |  |  |  |
    A13 | F |  | C7A.00 |  |  |  |  |
    A14 | F |  | M1A.0 |  |  |  |  |
    A15 | F |  | U07.1 |  |  |  |  |
    A16 | F |  | V70.0 |  |  |  |  |
    A17 | F |  | F32.A |  |  |  |  |
    A18 | F |  | I10 + E78.5 |  |  |  |  |
    A19 | F |  | I10 + E78.5 |  |  |  |  |
    A20 | F |  |  |  |  |  |  |
    A21 | F |  |  |  |  |  |  |
    A22 | F |  | E11 |  |  |  |  |
    A23 | F | en |  |  |  |  |  |
    A24 | F | es |  |  |  |  |  |
    A25 | F | en |  |  |  |  |  |
    A26 | F | es |  |  |  |  |  |
    A27 | F | es |  |  |  |  |  |
    A28 | F | en |  |  |  |  |  |
    A29 | F | zh |  |  |  |  |  |
    A30 | F |  |  |  |  |  |  |
    A31 | F |  |  |  |  |  |  |
    A32 | F | zh |  |  |  |  |  |
    A33 | F | pt |  |  |  |  |  |
    A34 | F | ht |  |  |  |  |  |
    A35 | F |  |  |  |  |  |  |
    A36 | F |  |  |  |  |  |  |
    A37 | F |  |  |  |  |  |  |
    A38 | F | pt |  |  |  |  |  |
    A39 | F |  |  | NY |  |  |  |
    A40 | F |  |  | NY |  |  |  |
    A41 | F |  |  | NY |  |  |  |
    A42 | F |  |  | NY |  |  |  |
    A43 | F |  |  | AE |  |  |  |
    A44 | F |  |  | AP |  |  |  |
    A45 | F |  |  | AA |  |  |  |
    A46 | F |  |  | MP |  |  |  |
    A47 | F |  |  | PW |  |  |  |
    A48 | F |  |  |  |  |  |  |
    A49 | F |  |  |  |  |  |  |
    A50 | F |  |  |  |  |  |  |
    A51 | F |  |  | DC |  |  |  |
    A52 | F |  |  | DC |  |  |  |
    A53 | F |  |  |  |  |  |  |
    A54 | F |  |  |  |  |  |  |
    A55 | F |  |  |  |  |  |  |
    A56 | F |  |  |  | 10001 |  |  |
    A57 | F |  |  |  | 10001-1234 |  |  |
    A58 | F |  |  |  | 10001-1234 |  |  |
    A59 | F |  |  |  | 04101 |  |  |
    A60 | F |  |  |  |  |  |  |
    A61 | F |  |  |  | 10001-1234 |  |  |
    A62 | F |  |  |  | 10001-1234 |  |  |
    A63 | F |  |  |  | 10001 |  |  |
    A64 | F |  |  |  | 00501 |  |  |
    A65 | F |  |  |  |  |  |  |
    A66 | F |  |  |  | 01000 |  |  |
    A67 | F |  |  |  | 10001 |  |  |
    A68 | F |  |  |  |  |  |  |
    A69 | F |  |  |  |  |  |  |
    A70 | F |  |  |  |  | +12125550100 |  |
    A71 | F |  |  |  |  | +12125550100 |  |
    A72 | F |  |  |  |  | +12125550100 |  |
    A73 | F |  |  |  |  |  |  |
    A74 | F |  |  |  |  |  |  |
    A75 | F |  |  |  |  |  |  |
    A76 | F |  |  |  |  | +12125550100 |  |
    A77 | F |  |  |  |  | +12125550100 |  |
    A78 | F |  |  |  |  |  |  |
    A79 | F |  |  |  |  | +12125550100 |  |
    A80 | F |  |  |  |  | +12125550100 |  |
    A81 | F |  |  |  |  | +442079460958 |  |
    A82 | F |  |  |  |  | +12125550100 |  |
    A83 | F |  |  |  |  | +12125550100 |  |
    A84 | F |  |  |  |  |  |  |
    A85 | F |  |  |  |  |  |  |
    A86 | F |  |  |  |  | +12125550100 |  |
    A87 | F |  |  |  |  | +12125550100 |  |
    A88 | F |  |  |  |  | +12125550100 |  |
    A89 | F |  |  |  |  |  |  |
    A90 | F |  |  |  |  | +12125550100 |  |
    A91 | F |  |  |  |  | +12125550100 |  |
    A92 | F |  |  |  |  |  |  |
    A93 | F |  |  |  |  | ann@example.org |  |
    A94 | F |  |  |  |  |  |  |
    A95 | F |  |  |  |  |  |  |
    A96 | F |  |  |  |  | none@none.com |  |
    A97 | F |  |  |  |  |  |  |
    A98 | F |  |  |  |  |  |  |
    A99 | F |  |  |  |  |  |  |
    A100 | F |  |  |  |  | ann.@example.org |  |
    A101 | F |  |  |  |  | ann..b@example.org |  |
    A102 | F |  |  |  |  |  |  |
    A103 | F |  |  |  |  |  |  |
    A104 | F |  |  |  |  | ann@example.org |  |
    A105 | F |  |  |  |  | o'brien@example.org |  |
    A106 | F |  |  |  |  |  |  |
    A107 | F |  |  |  |  |  |  |
    A108 | F |  |  |  |  |  |  |
    A109 | F |  |  |  |  |  |  |
    A110 | F |  |  |  |  |  | 0.5 |
    A111 | F |  |  |  |  |  | -1 |
    A112 | F |  |  |  |  |  |  |
    A113 | F |  |  |  |  |  |  |
    A114 | F |  |  |  |  |  |  |
    A115 | F |  |  |  |  |  |  | 1EG4TE5MK73
    A117 | F |  |  |  |  |  |  |
    A119 | F |  |  |  |  |  |  |
    A120 | F |  |  |  |  |  |  |
    A121 | F |  |  |  |  |  |  |
    A122 | M |  |  |  |  |  |  |
    A123 | F |  |  |  |  |  |  |
    A124 | O |  |  |  |  |  |  |
    A125 | O |  |  |  |  |  |  |
    A128 | U |  |  |  |  |  |  |
    A129 | U |  |  |  |  |  |  |
    A132 | U |  |  |  |  |  |  |
    A133 | M |  |  |  |  |  |  |
    A135 | O |  |  |  |  |  |  |
    NULL | F |  |  |  |  |  |  |
    N/A | F |  |  |  |  |  |  |
    - | F |  |  |  |  |  |  |
    . | F |  |  |  |  |  |  |
    ? | F |  |  |  |  |  |  |
    Unknown | F |  |  |  |  |  |  |
    TEST | F |  |  |  |  |  |  |
    123 | F |  |  |  |  |  |  |
    😀 | F |  |  |  |  |  |  |
    Mr. Bob | F |  |  |  |  |  |  |
    王 | F |  |  |  |  |  |  |
    محمد | F |  |  |  |  |  |  |
    Anne-Marie | F |  |  |  |  |  |  |
    A152 | F |  |  |  |  |  |  |
    "Bob" | F |  |  |  |  |  |  |
    Bob Jr | F |  |  |  |  |  |  |
"""
)

-- sqlfluff:exclude_rules:layout.indent,capitalisation.types
-- Here sqlfluff indents no body of a macro, and takes the macro's parameters for types.

-- How each kind of cell is read (schemas/kinds.py names these macros).
-- A macro gives the canonical text of what it understands and the cell itself of what it does
-- not, so that the format's rules find the latter. NULL in, NULL out.

CREATE MACRO one_line(cell) AS
    nullif(trim(regexp_replace(cell, '\s+', ' ', 'g')), '');

CREATE MACRO digits(cell) AS regexp_replace(cell, '[^0-9]', '', 'g');

-- What two spellings of one name have in common: no case, accents, punctuation or spaces. Nearly
-- all names are ASCII or have the usual accents, and take a short way. The others are folded by
-- `schemas/name_folding.py`, which does all of it for one person at a time: as SQL it has so many
-- classes of letters that DuckDB takes longer to read them than to fold a small file.
CREATE MACRO fold(cell) AS
    CASE
        WHEN strlen(cell) = length(cell) THEN regexp_replace(lower(cell), '[^a-z0-9]', '', 'g')
        WHEN NOT regexp_matches(cell, '[^\x00-\x7FÀ-ÅÇ-ÏÑ-ÖÙ-Ýà-åç-ïñ-öù-ýÿ’]')
            THEN regexp_replace(lower(strip_accents(cell)), '[^a-z0-9]', '', 'g')
        ELSE fold_beyond_ascii(cell)
    END;

-- Text all in one case gets initial capitals, also after an apostrophe of any form, not after a
-- hyphen.
CREATE MACRO title_case(cell) AS
    array_to_string(
        list_transform(
            regexp_extract_all(lower(cell), '[^ ''’‘ʼʻ`´＇ʹʽʾʿˈ′]*[ ''’‘ʼʻ`´＇ʹʽʾʿˈ′]?'),
            LAMBDA piece: upper(piece[1]) || piece[2:]),
        '');

-- Here and below a list of one value binds an expression to a name: a macro pastes its argument
-- wherever it is used, and the engine would work it out each time.
CREATE MACRO title_case_unless_mixed(cell) AS
    list_transform(
        [cell],
        LAMBDA text: CASE
            WHEN text = upper(text) OR text = lower(text) THEN title_case(text) ELSE text
        END)[1];

CREATE MACRO read_cased_name(cell) AS
    title_case_unless_mixed(one_line(replace(cell, ',', ' ')));

-- Dates. A day number counts from 1899-12-30 as spreadsheets do; four digits that could be a
-- year are no day number.
CREATE MACRO day_number(cell) AS
    CASE
        WHEN NOT regexp_matches(cell, '^\d{4,5}(\.0+)?$') THEN NULL
        WHEN regexp_matches(cell, '^(19|20)\d\d(\.0+)?$') THEN NULL
        ELSE DATE '1899-12-30' + try_cast(try_cast(cell AS DOUBLE) AS INTEGER)
    END;

CREATE MACRO without_midnight(cell) AS
    regexp_replace(
        cell,
        '(?i)[T ] *(?:00?:00(?::00(?:\.0+)?)?|12:00(?::00)? *AM)(?: *(?:Z|UTC|[-+]\d\d:?\d\d))?$',
        '');

CREATE MACRO day_of_numbers(cell) AS
    CASE
        WHEN regexp_matches(cell, '^\d{4}-\d\d?-\d\d?$') THEN try_strptime(cell, '%Y-%m-%d')
        WHEN regexp_matches(cell, '^\d{8}$') THEN try_strptime(cell, '%Y%m%d')
        WHEN regexp_matches(cell, '^\d{1,2}/\d{1,2}/\d{4}$') THEN try_strptime(cell, '%m/%d/%Y')
        WHEN regexp_matches(cell, '^\d\d?-\d\d?-\d{4}$') THEN try_strptime(cell, '%m-%d-%Y')
        WHEN regexp_matches(cell, '^\d{4}(?:/\d\d?/|\.\d\d?\.)\d\d?$')
            THEN try_strptime(translate(cell, '/.', '--'), '%Y-%m-%d')
        ELSE day_number(cell)::TIMESTAMP
    END;

-- 27 May 1961, 27-MAY-1961, May 27, 1961: a month's name leaves nothing open.
CREATE MACRO day_of_names(cell) AS
    list_transform(
        [regexp_replace(
            regexp_replace(
                regexp_replace(cell, '(?i)\bsept\b', 'Sep'),
                '^(\d{1,2})(?:st|nd|rd|th)?[-/ ]+([A-Za-z]{3,9})\.?[-/, ]+(\d{4})$', '\3-\2-\1'),
            '^([A-Za-z]{3,9})\.?[- ]+(\d{1,2})(?:st|nd|rd|th)?,?[- ]+(\d{4})$', '\3-\1-\2')],
        LAMBDA text: coalesce(try_strptime(text, '%Y-%b-%d'), try_strptime(text, '%Y-%B-%d')))[1];

CREATE MACRO read_date(cell) AS
    coalesce(
        strftime(
            CASE
                WHEN regexp_matches(cell, '[A-Za-z:]')
                    THEN list_transform(
                        [without_midnight(cell)],
                        LAMBDA text: coalesce(day_of_numbers(text), day_of_names(text)))[1]
                ELSE day_of_numbers(cell)
            END,
            '%Y-%m-%d'),
        cell);

CREATE MACRO read_metriport_dob(cell) AS
    coalesce(
        strftime(
            CASE
                WHEN length(cell) < 10 THEN NULL
                WHEN regexp_matches(cell, '^\d{4}([-/.])\d\d([-/.])\d\d([T ].*)?$')
                    AND cell[5] = cell[8]
                    THEN try_strptime(replace(replace(cell[:10], '/', '-'), '.', '-'), '%Y-%m-%d')
                WHEN regexp_matches(cell, '^\d\d/\d\d/\d{4}$') THEN try_strptime(cell, '%m/%d/%Y')
                WHEN regexp_matches(cell, '^[A-Za-z]{3} \d{1,2}, \d{4}$')
                    THEN try_strptime(cell, '%b %d, %Y')
                WHEN regexp_matches(cell, '^[A-Za-z]{4,9} \d{1,2}, \d{4}$')
                    THEN try_strptime(cell, '%B %d, %Y')
            END,
            '%Y-%m-%d'),
        cell);

CREATE MACRO read_gender(cell) AS
    CASE lower(cell)
        WHEN 'm' THEN 'M' WHEN 'male' THEN 'M'
        WHEN 'f' THEN 'F' WHEN 'female' THEN 'F'
        WHEN 'o' THEN 'O' WHEN 'other' THEN 'O'
        WHEN 'u' THEN 'U' WHEN 'unknown' THEN 'U'
        ELSE lower(cell)
    END;

-- Words of other systems: `gender_words` is a table of (spelling, code), folded.
CREATE MACRO read_gender_words(cell) AS
    coalesce(
        (
            SELECT code FROM gender_words
            WHERE spelling = fold(cell)
        ),
        read_gender(cell));

CREATE MACRO read_metriport_gender(cell) AS
    CASE lower(cell) WHEN 'un' THEN 'O' WHEN 'unk' THEN 'U' ELSE read_gender(cell) END;

-- Phones, as E.164 where understood.
CREATE MACRO without_extension(cell) AS
    trim(regexp_replace(cell, '(?i)\s*(?:;|,)?\s*(?:ext\.?|extension|x|#)\s*\d{1,6}\s*$', ''));

CREATE MACRO ten_digits(cell) AS
    regexp_replace(digits(without_extension(cell)), '^1(\d{10})$', '\1');

-- A number that was worked with as a number: its exponent or decimals are no digits of the cell.
CREATE MACRO is_calculated(cell) AS
    regexp_matches(
        cell,
        '^[-+]?[0-9]+(?:[.,][0-9]+)?[eE][-+]?[0-9]+$|^[-+]?[0-9]{4,}[.,][0-9]+$|[0-9][.,]0$'
        || '|^[-+]?[0-9]{1,3}(?:[, ''’][0-9]{3})+[.][0-9]{1,2}$'
        || '|^[-+]?[0-9]{1,3}(?:[. ''’][0-9]{3})+,[0-9]{1,2}$');

CREATE MACRO read_ten_digit_phone(cell) AS
    CASE
        WHEN length(ten_digits(cell)) = 10 AND NOT is_calculated(cell) THEN '+1' || ten_digits(cell)
        ELSE cell
    END;

CREATE MACRO without_label(cell) AS
    trim(regexp_replace(
        cell,
        '(?i)^tel:\s*|\s*\(?\b(?:home|cell|mobile|work|office|phone|[hcmw])\b\.?\)?$', '', 'g'));

-- Of several numbers in a cell the first (rule `first_phone_taken` finds the same cells).
CREATE MACRO first_phone(cell) AS
    regexp_replace(
        cell,
        '(?s)^((?:[^0-9/;|,\n]*[0-9]){10,15}[^0-9/;|,\n]*)[/;|,\n].*[0-9]{3}.*[0-9]{4}.*$', '\1');

CREATE MACRO read_bare_phone(cell) AS
    CASE
        WHEN regexp_matches(cell, '[A-WYZa-wyz@]') AND without_extension(cell) = cell THEN cell
        WHEN is_calculated(cell) THEN cell
        WHEN cell[1] = '+' THEN '+' || digits(without_extension(replace(cell, '(0)', '')))
        WHEN regexp_matches(digits(cell), '^011[1-9]')
            THEN '+' || digits(without_extension(cell))[4:]
        WHEN regexp_matches(digits(cell), '^00[1-9]')
            THEN '+' || digits(without_extension(cell))[3:]
        WHEN length(ten_digits(cell)) = 10 THEN '+1' || ten_digits(cell)
        ELSE cell
    END;

CREATE MACRO read_phone(cell) AS
    CASE
        WHEN regexp_matches(cell, '[A-Za-z/;|,\n]')
            THEN list_transform(
                [first_phone(without_label(cell))],
                LAMBDA text: CASE WHEN text = '' THEN cell ELSE read_bare_phone(text) END)[1]
        ELSE read_bare_phone(cell)
    END;

-- Only 00 and digits are promised; without its plus any other number is refused by the rules.
CREATE MACRO read_international_phone(cell) AS
    CASE WHEN regexp_matches(cell, '^00\d{7,15}$') THEN '+' || cell[3:] ELSE ltrim(cell, '+') END;

CREATE MACRO read_mailto(cell) AS
    regexp_replace(lower(cell), '^mailto:\s*', '');

-- Places. `states` and `languages` are tables of (spelling, code), both folded.
CREATE MACRO read_state(cell) AS
    coalesce(
        (
            SELECT code FROM states
            WHERE spelling = fold(cell)
        ),
        cell);

-- A language, then a region or a script: en-US, zh_CN, English (US), Chinese - Mandarin.
CREATE MACRO main_language(cell) AS
    CASE
        WHEN regexp_matches(cell, '^[A-Za-z]{2,3}[-_][A-Za-z0-9]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$')
            THEN regexp_extract(cell, '^[A-Za-z]+')
        ELSE regexp_extract(cell, '^([^(]+?)\s*(?:\(.*\)| - .*)$', 1)
    END;

CREATE MACRO read_language(cell) AS
    coalesce(
        (
            SELECT code FROM languages
            WHERE spelling = fold(cell)
        ),
        (
            SELECT code FROM languages
            WHERE spelling = fold(main_language(cell))
        ),
        cell);

CREATE MACRO read_zip(cell) AS
    CASE
        WHEN regexp_matches(cell, '^\d{3,5}[- ]?$|^\d{3,5}[- ]\d{4}$')
            THEN lpad(regexp_extract(cell, '^\d+'), 5, '0')
                || regexp_replace(regexp_extract(cell, '[- ]\d{4}$'), ' ', '-')
        WHEN regexp_matches(cell, '^\d{9}$') THEN cell[:5] || '-' || cell[6:]
        ELSE cell
    END;

-- At most one dash; the part before it counts: 5 digits kept, 3 or 4 padded, 9 cut to 5.
CREATE MACRO read_metriport_zip(cell) AS
    CASE
        WHEN NOT regexp_matches(cell, '^\d+(-\d*)?$') THEN upper(cell)
        WHEN length(split_part(cell, '-', 1)) IN (3, 4) THEN lpad(split_part(cell, '-', 1), 5, '0')
        WHEN length(split_part(cell, '-', 1)) IN (5, 9) THEN cell[:5]
        ELSE cell
    END;

CREATE MACRO without_brackets(cell) AS
    CASE
        WHEN contains(cell, '(') OR contains(cell, '[')
            THEN regexp_replace(cell, '\([^)]*\)|\[[^\]]*\]', ' ', 'g')
        ELSE cell
    END;

CREATE MACRO read_address_line(cell) AS
    title_case_unless_mixed(one_line(translate(without_brackets(cell), '.,;', '   ')));

-- A unit at the end of a street line: what stands before it, and the unit itself, each with its
-- own capitals (123 MAIN ST Apt 4). It begins after a type of street, and perhaps a direction
-- (St NW); or, of a street without a type, where the line has a house number and the unit is a
-- number or a letter (350 Broadway Apt 5). Few lines name a unit at all, so a cheap look comes
-- before the full patterns.
CREATE MACRO street_types() AS
    '(?:street|st|road|rd|lane|ln|drive|dr|avenue|ave|boulevard|blvd|circle|cir|court|ct|place|pl'
    || '|terrace|ter|trail|trl|way|highway|hwy|parkway|pkwy|crossing|xing|square|sq|loop|path|pike'
    || '|alley|run)';

CREATE MACRO street_directions() AS
    '(?:[ns]\s?[ew]|[nsew]|north\s?(?:east|west)?|south\s?(?:east|west)?|east|west)';

CREATE MACRO unit_words() AS
    '(?:apt|apartment|unit|suite|ste|floor|fl|trlr|lot|rm|room|blg|building)';

CREATE MACRO unit_pattern() AS
    '(?i)^(.*?\b' || street_types() || '(?:\s+' || street_directions() || ')?)\s+((?:(?:'
    || unit_words() || '|number|no)\b|#)\s*\S.*)$';

-- `Unit Road`, `Suite Dr N`: the word is the street's name.
CREATE MACRO street_called_like_a_unit() AS
    '(?i)^(?:' || unit_words() || '|number|no)\s+' || street_types() || '\b';

CREATE MACRO unit_without_type_pattern() AS
    list_transform(
        [
            '(?:(?:' || unit_words() || '\b\s*#?|#)\s*'
            || '(?:\d{1,5}(?:\s?-\s?\w{1,4}|\s?[a-z]{1,2})?|[a-z](?:\s?-?\s?\d{1,5})?'
            || '|ph(?:\s?-?\s?\d{1,3})?|penthouse))'
        ],
        LAMBDA one: '(?i)^(\d\S*\s+\S.*?)\s+(' || one || '(?:\s+' || one || ')*)$')[1];

-- What stands before a unit is no street: a box, a route, a space; or a phrase of another language
-- goes on with the word (12 Rue de la Suite 5).
CREATE MACRO no_street_before_a_unit() AS
    '(?i)(?:\s(?:box|space|spc|slip|site|pier|stop|dept|hangar|key|bldg|of|the|and|at|to|de|la|le'
    || '|les|du|des|del|el|los|las|di|da|do|dos|das|der|die|den|dem|van|von|zu|zur|am|im|rue|via'
    || '|calle|no|number|' || unit_words()
    || ')|\b(?:rr|hc|r\s?r|h\s?c|rural\s+route|star\s+route)\s+\d+)$'
    || '|^[^a-z]*$';

CREATE MACRO names_a_unit(cell) AS
    regexp_matches(
        lower(cell),
        '#|\b(?:apt|apartment|unit|suite|ste|number|no|floor|fl|trlr|lot|rm|room|blg|building)\b');

-- [street, unit], or NULL where the line has no unit that could be told apart.
CREATE MACRO split_line(line) AS
    list_transform(
        [line],
        LAMBDA text: CASE
            WHEN NOT names_a_unit(text) THEN NULL
            WHEN
                regexp_matches(text, unit_pattern())
                AND NOT regexp_matches(
                    regexp_extract(text, unit_pattern(), 2), street_called_like_a_unit())
                THEN [
                    regexp_extract(text, unit_pattern(), 1),
                    regexp_extract(text, unit_pattern(), 2)]
            WHEN
                regexp_matches(text, unit_without_type_pattern())
                AND NOT regexp_matches(
                    regexp_extract(text, unit_without_type_pattern(), 1),
                    no_street_before_a_unit())
                THEN [
                    regexp_extract(text, unit_without_type_pattern(), 1),
                    regexp_extract(text, unit_without_type_pattern(), 2)]
        END)[1];

CREATE MACRO unit_of(line) AS title_case_unless_mixed(split_line(line)[2]);

CREATE MACRO street_of(line) AS
    list_transform(
        [line],
        LAMBDA text: coalesce(title_case_unless_mixed(split_line(text)[1]), text))[1];

CREATE MACRO read_line1(cell, line2) AS
    CASE
        WHEN line2 IS NOT NULL THEN one_line(cell)
        ELSE street_of(read_address_line(cell))
    END;

CREATE MACRO read_line2(cell, line1) AS
    CASE
        WHEN cell IS NOT NULL THEN read_address_line(cell)
        ELSE unit_of(read_address_line(line1))
    END;

-- The identity of an address where a patient may have many. It is stored, in the history as well,
-- and so has a folding of its own that stays as it is (docs/decisions/013-promises.md).
CREATE MACRO fold_address(cell) AS
    regexp_replace(
        replace(lower(strip_accents(cell)), 'ς', 'σ'), '[^\p{L}\p{N}]', '', 'g');

CREATE MACRO address_digest(line1, line2, city, state, zip) AS
    md5(
        concat_ws(
            '|',
            fold_address(line1), coalesce(fold_address(line2), ''), fold_address(city), state,
            zip))[:16];

-- Identifiers, codes and numbers.
CREATE MACRO read_ssn(cell) AS
    CASE
        WHEN length(digits(cell)) BETWEEN 2 AND 9 AND NOT is_calculated(cell)
            THEN lpad(digits(cell), 9, '0')
        ELSE cell
    END;

CREATE MACRO read_medicare_id(cell) AS
    coalesce(nullif(regexp_replace(upper(cell), '[- ]', '', 'g'), ''), cell);

CREATE MACRO read_number(cell) AS
    CASE
        WHEN NOT regexp_matches(cell, '^[-+]?\d{0,12}(\.\d{0,6})?$') THEN cell
        ELSE coalesce(
            regexp_replace(
                regexp_replace(try_cast(cell AS DECIMAL(18, 6))::VARCHAR, '(\.\d*?)0+$', '\1'),
                '\.$', ''),
            cell)
    END;

CREATE MACRO read_risk_level(cell) AS
    coalesce(
        (
            SELECT arg_min(level, level <> cell) FROM risk_levels
            WHERE fold(level) = fold(cell)
        ),
        one_line(cell));

-- Lists, joined by the unit separator; the first spelling of a repeated element stays.
CREATE MACRO list_distinct_in_order(elements) AS
    [element FOR element, place IN elements IF list_position(elements, element) = place];

CREATE MACRO joined(elements) AS
    list_transform(
        [elements],
        LAMBDA given: nullif(array_to_string(list_distinct_in_order(given), chr(31)), ''))[1];

-- What joins elements here separates them in a cell as well: no element shall hold it.
CREATE MACRO read_list(cell) AS
    joined(
        list_filter(
            list_transform(
                regexp_split_to_array(cell, '[;|\x1f]'),
                LAMBDA element: one_line(element)),
            LAMBDA element: element IS NOT NULL));

-- Codes stand in parts, and descriptions beside them. A part of codes alone gives them all; of a
-- code with text behind it the code counts; a part that begins with text gives none, for B12 and
-- T12 are words there.
CREATE MACRO is_icd10(element) AS
    regexp_matches(element, '^[A-Z]\d[0-9AB]\.?[0-9A-Z]{0,4}$');

CREATE MACRO icd10_parts(cell) AS
    list_filter(
        list_transform(
            regexp_split_to_array(
                regexp_replace(upper(cell), '\bICD-?10(?:-?CM)?\s*:', ' ', 'g'), '[;,|\n]+'),
            LAMBDA part: one_line(part)),
        LAMBDA part: part IS NOT NULL);

CREATE MACRO icd10_pieces(part) AS
    list_transform(
        list_filter(
            regexp_split_to_array(part, '[\s/&+]+|\bAND\b'), LAMBDA piece: trim(piece) <> ''),
        LAMBDA piece: regexp_replace(piece, '[.:]+$', ''));

CREATE MACRO icd10_first(part) AS regexp_replace(regexp_extract(part, '^\S+'), '[.:]+$', '');

CREATE MACRO all_icd10(part) AS
    len(list_filter(icd10_pieces(part), LAMBDA piece: NOT is_icd10(piece))) = 0;

CREATE MACRO icd10_codes(part) AS
    CASE
        WHEN is_icd10(part) THEN [part]
        WHEN all_icd10(part) THEN icd10_pieces(part)
        WHEN is_icd10(icd10_first(part)) THEN [icd10_first(part)]
        ELSE []
    END;

-- Nearly all cells hold codes alone, and one look finds that out.
CREATE MACRO only_icd10(cell) AS
    regexp_matches(
        cell, '(?i)^[;,|\s]*(?:[A-Z]\d[0-9AB]\.?[0-9A-Z]{0,4}(?:[;,|\s]+|$))+$');

CREATE MACRO dotted_icd10(element) AS
    regexp_replace(replace(element, '.', ''), '^(.{3})(.+)$', '\1.\2');

CREATE MACRO read_icd10(cell) AS
    joined(
        list_transform(
            CASE
                WHEN only_icd10(cell) THEN regexp_extract_all(upper(cell), '[A-Z0-9.]+')
                ELSE flatten(list_transform(icd10_parts(cell), LAMBDA part: icd10_codes(part)))
            END,
            LAMBDA element: dotted_icd10(element)));

CREATE MACRO rejected_icd10(cell) AS
    CASE
        WHEN NOT only_icd10(cell)
            THEN nullif(
                array_to_string(
                    list_filter(
                        list_transform(
                            icd10_parts(cell),
                            LAMBDA part: CASE
                                WHEN is_icd10(part) OR all_icd10(part) THEN ''
                                WHEN is_icd10(icd10_first(part))
                                    THEN regexp_replace(part, '^\S+[\s-]*', '')
                                ELSE part
                            END),
                        LAMBDA text: text <> ''),
                    ', '),
                '')
    END;

-- Blocking key: what two records of one person surely share. Folded names, birth year, gender;
-- 64 bits of MD5, so that the registry can index one bigint. Equality is verified afterwards.
CREATE MACRO folded_name_key(first_folded, last_folded, birth_year, gender) AS
    (md5_number_lower(
        concat_ws('|', first_folded, last_folded, birth_year, gender)) >> 1)::BIGINT;

CREATE MACRO name_key(first_name, last_name, birth_year, gender) AS
    folded_name_key(fold(first_name), fold(last_name), birth_year, gender);

-- A cell as messages show it: on one line, not longer than a glance, what is invisible written
-- out (\u200e).
CREATE MACRO invisible() AS
    '[' || format_characters() || '\x{200C}\x{200D}\x01-\x08\x0b\x0c\x0e-\x1f\x{7F}-\x{A0}'
    || '\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]';

CREATE MACRO made_visible(text) AS
    CASE
        WHEN regexp_matches(text, invisible())
            THEN array_to_string(
                list_transform(
                    string_split(text, ''),
                    LAMBDA sign: CASE
                        WHEN regexp_matches(sign, invisible())
                            THEN printf('\u%04x', unicode(sign))
                        ELSE sign
                    END),
                '')
        ELSE text
    END;

CREATE MACRO shown(cell) AS
    CASE
        WHEN length(cell) > 80 THEN made_visible(one_line(cell[:80])) || '…'
        ELSE coalesce(made_visible(one_line(cell)), '')
    END;

-- The id of a patient that a line creates: UUIDv7, ordered by line, the same on every run.
-- `prefix` is the import's instant, `suffix` the last 11 hex digits of the import's id.
CREATE MACRO patient_id(prefix, line, suffix) AS
    printf(
        '%s-7%03x-8%03x-%x%s',
        prefix, (line >> 16) & 4095, (line >> 4) & 4095, line & 15, suffix);

-- A person as matching sees one: equal texts are one person as far as names go.
CREATE MACRO folded_person(first_folded, last_folded, birth, gender) AS
    concat_ws('|', first_folded, last_folded, birth, gender);

CREATE MACRO person(first_name, last_name, birth, gender) AS
    folded_person(fold(first_name), fold(last_name), birth, gender);

-- A person as written, for a look whether two are written alike; a name may hold any character.
CREATE MACRO spelling(first_name, last_name, birth, gender) AS
    concat_ws('|', length(first_name), first_name, last_name, birth, gender);

-- How a fact's address is written: address/home/city, birth_date.
CREATE MACRO fact_address(field, item, attribute) AS
    concat_ws('/', field::VARCHAR, nullif(item, ''), nullif(attribute::VARCHAR, ''));

-- An item in import_row.confirmed_items: 28 bits are enough to tell a patient's items apart.
CREATE MACRO item_hash(field, item) AS
    ('0x' || md5(field::VARCHAR || '/' || item)[:7])::INTEGER;

-- sqlfluff:exclude_rules:layout.indent,capitalisation.types
-- Here sqlfluff indents no body of a macro, and takes the macro's parameters for types.

-- How a cell is taken, whatever it holds. What carries no data is dropped: format characters that
-- nobody sees, white space around. Nearly all cells are plain ASCII without blanks around; a column
-- of such cells alone is taken as it stands (`find_odd_columns`).
CREATE MACRO is_odd(cell) AS regexp_matches(cell, '^[''= ]| $|[^ -~]');

-- Category Cf without the Arabic signs that are seen. Two of them, U+200C and U+200D, shape the
-- words of some scripts (and join pictures): they stay between two letters of those. Ranges are
-- coarse: what lies between those scripts is not written with the two.
CREATE MACRO format_characters() AS
    '\x{AD}\x{61C}\x{180E}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}'
    || '\x{FFF9}-\x{FFFB}\x{1D173}-\x{1D17A}\x{E0001}\x{E0020}-\x{E007F}';

CREATE MACRO without_format_characters(cell) AS
    regexp_replace(
        regexp_replace(
            cell,
            '[' || format_characters() || ']+'
            || '|([\x{600}-\x{109F}\x{1780}-\x{18AF}\x{2190}-\x{2BFF}\x{FB50}-\x{FE0F}'
            || '\x{1F000}-\x{1FAFF}][\x{200C}\x{200D}])|[\x{200C}\x{200D}]+',
            '\1', 'g'),
        '([\x{200C}\x{200D}][\x{600}-\x{109F}\x{1780}-\x{18AF}\x{2190}-\x{2BFF}\x{FB50}-\x{FE0F}'
        || '\x{1F000}-\x{1FAFF}])|([\x{94D}\x{9CD}\x{D4D}\x{DCA}]\x{200D})|[\x{200C}\x{200D}]',
        '\1\2', 'g');

-- Text that a person wrote: composed (NFC), one kind of line end, one kind of space, none around,
-- and no control characters (U+001F separates the elements of a list).
CREATE MACRO cleaned_text(cell) AS
    regexp_replace(
        regexp_replace(
            regexp_replace(
                CASE
                    WHEN strlen(cell) = length(cell) THEN cell
                    ELSE nfc_normalize(without_format_characters(cell))
                END,
                '\r\n|[\r\x0b\x0c\x{85}\x{2028}\x{2029}]', chr(10), 'g'),
            '[\x{A0}\x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]', ' ', 'g'),
        '^[\x01-\x20\x7f]+|[\x01-\x20\x7f]+$|[\x01-\x08\x0e-\x1e\x7f]', '', 'g');

CREATE MACRO given_text(cell) AS
    nullif(CASE WHEN is_odd(cell) THEN cleaned_text(cell) ELSE cell END, '');

-- Marks by which a cell says that it is text and no number: ="00123", '00123, =00123.
CREATE MACRO unwrapped(cell) AS
    trim(regexp_replace(
        regexp_replace(
            regexp_replace(cell, '^="([^"]*)"$', '\1'), '^''([-+=@]?[0-9].*?)''?$', '\1'),
        '^=([0-9][0-9.]*)$', '\1'));

-- The cell as every column but free text takes it.
CREATE MACRO given(cell) AS
    nullif(CASE WHEN is_odd(cell) THEN unwrapped(cleaned_text(cell)) ELSE cell END, '');

-- An id, or another number whose digits are a name: without the point that a tool has given it
-- (12345.0), and with one kind of dash. `cell` is a given one.
CREATE MACRO one_dash(cell) AS translate(cell, '‐‑‒–—―−﹘﹣－', '----------');

CREATE MACRO is_odd_code(cell) AS regexp_matches(cell, '^[0-9]+(?:\.0+|,0)$|^''|[^ -~]');

CREATE MACRO given_code(cell) AS
    CASE
        WHEN is_odd_code(cell)
            THEN regexp_replace(
                regexp_replace(one_dash(cell), '^([0-9]+)(?:\.0+|,0)$', '\1'),
                '^''([A-Za-z0-9][^'']*)$', '\1')
        ELSE cell
    END;

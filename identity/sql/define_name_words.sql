-- Words of a name without case, accents and apostrophes. A hyphen, a dot or a comma divides words.
-- Letters that Unicode does not decompose are those of European names.
CREATE OR REPLACE TEMP MACRO name_words(name) AS
list_filter(
    string_split_regex(
        regexp_replace(
            replace(replace(replace(replace(
                translate(lower(strip_accents(name)), 'łøđðħıŀŧ', 'loddhilt'),
                'ß', 'ss'
            ), 'þ', 'th'), 'œ', 'oe'), 'æ', 'ae'),
            '[''’‘`´ʼ]', '', 'g'
        ),
        '[^\p{L}\p{M}\p{N}]+'
    ),
    LAMBDA word: word != ''
)

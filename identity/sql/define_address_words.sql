-- Words of an address line, each under one spelling: `spellings` has that of each of `words`.
CREATE OR REPLACE TEMP MACRO address_words(line, words, spellings) AS
list_transform(
    name_words(line),
    LAMBDA word: coalesce(list_extract(spellings, list_position(words, word)), word)
)

-- What the filters of the HTTP API compare: words in lower case and without accents, so that `jose`
-- finds `José`.
CREATE OR REPLACE FUNCTION plain_words(given text) RETURNS tsvector LANGUAGE sql
IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT to_tsvector('simple', CASE
        WHEN given ~ '[^[:ascii:]]'
            THEN regexp_replace(normalize(given, NFKD), '[\u0300-\u036f]', '', 'g')
        ELSE given
    END)
$$;

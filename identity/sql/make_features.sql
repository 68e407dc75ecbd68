-- noqa: disable=LT02
CREATE OR REPLACE TABLE {features} AS
WITH plain AS (
    SELECT
        patient_id,
        first_words[1] AS first_name,
        array_to_string(first_words, '') AS first_full,
        nullif(array_to_string(first_words[2:], ''), '') AS middle,
        array_to_string(last_words, '') AS last_name,
        array_to_string(last_words, ' ') AS last_spaced,
        suffix,
        CASE WHEN birth_date::VARCHAR NOT IN $no_birth_dates THEN birth_date END AS birth_date,
        CASE
            WHEN birth_date IS NULL OR birth_date::VARCHAR NOT IN $no_birth_dates THEN birth_year
        END AS birth_year,
        CASE WHEN gender IN ('M', 'F') THEN gender END AS gender,
        list_filter(
            list_transform(
                addresses,
                LAMBDA address: struct_pack(
                    line := address_words(address.line1, $address_words, $address_spellings),
                    more := address_words(address.line2, $address_words, $address_spellings),
                    city := array_to_string(name_words(address.city), ''),
                    state := lower(address.state),
                    zip := CASE
                        WHEN NOT regexp_full_match(left(address.postal_code, 5), $no_zip)
                            THEN left(address.postal_code, 5)
                    END)),
            LAMBDA address: NOT coalesce(
                regexp_full_match(array_to_string(address.line, ''), $no_address), FALSE)
        ) AS places,
        list_filter(
            phones, LAMBDA phone: NOT regexp_full_match(phone, $no_phone)
        ) AS phones,
        list_filter(
            list_transform(emails, LAMBDA email: lower(trim(email))),
            LAMBDA email: NOT regexp_full_match(email, $no_email)
        ) AS emails,
        identifiers,
        policies
    FROM parsed_person
),

read AS (
    SELECT
        *,
        identifier_values(identifiers, 'ehr') AS ehr_ids,
        identifier_values(identifiers, 'mbi') AS mbi_ids,
        list_filter(
            list_transform(
                identifier_values(identifiers, 'ssn'),
                LAMBDA ssn: regexp_replace(ssn, '[^0-9]', '', 'g')),
            LAMBDA ssn: len(ssn) > 0 AND NOT regexp_full_match(ssn, $no_ssn)
        ) AS ssns,
        list_sort(list_distinct(
            list_filter(list_transform(places, LAMBDA place: array_to_string(place.line, ' ')),
            LAMBDA line: line != ''))) AS street_lines,
        list_sort(list_distinct(flatten(list_transform(
            places, LAMBDA place: list_concat(place.line, place.more))))) AS address_tokens,
        list_sort(list_distinct(list_filter(
            list_transform(places, LAMBDA place: place.city), LAMBDA city: city != ''))) AS cities,
        list_sort(list_distinct(list_filter(
            list_transform(places, LAMBDA place: place.state),
            LAMBDA state: state != ''))) AS states,
        list_sort(list_distinct(list_filter(
            list_transform(places, LAMBDA place: place.zip), LAMBDA zip: zip IS NOT NULL))) AS zips
    FROM plain
),

named AS (
    SELECT
        read.* EXCLUDE (last_spaced, places, identifiers),
        list_sort(list_transform(
            list_filter(
                identifiers,
                LAMBDA identifier:
                    split_part(identifier.item, '/', 1) NOT IN ('ehr', 'mbi', 'ssn')),
            LAMBDA identifier: hash(identifier.item, identifier.value))) AS other_identifiers,
        strftime(birth_date, '%Y%m%d') AS birth_text,
        first_sound.sound AS first_sound,
        coalesce(first_sound.forms, []) AS first_forms,
        last_sound.sound AS last_sound,
        coalesce(last_sound.parts, []) AS last_parts,
        coalesce(last_sound.sounds, []) AS last_sounds
    FROM read
    LEFT JOIN first_sound ON read.first_name = first_sound.name
    LEFT JOIN last_sound ON read.last_spaced = last_sound.name
)

SELECT
    patient_id,
    first_name,
    first_full,
    first_forms,
    first_sound,
    middle,
    last_name,
    last_parts,
    last_sound,
    suffix,
    birth_date,
    birth_text,
    birth_year,
    gender,
    street_lines,
    address_tokens,
    cities,
    states,
    zips,
    ehr_ids,
    mbi_ids,
    ssns,
    other_identifiers,
    list_sort(list_transform(policies, LAMBDA policy: hash(lower(policy)))) AS policies,
    {keys}
FROM named

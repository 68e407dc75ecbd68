-- Values of one system among a patient's identifiers, sorted.
CREATE OR REPLACE TEMP MACRO identifier_values(identifiers, system) AS
list_sort(list_transform(
    list_filter(
        identifiers, LAMBDA identifier: split_part(identifier.item, '/', 1) = system
    ),
    LAMBDA identifier: upper(trim(identifier.value))
))

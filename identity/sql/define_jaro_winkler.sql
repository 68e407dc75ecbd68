-- sqlfluff:dialect:sparksql
-- The likeness of two texts as DuckDB works it out: by the bytes of UTF-8, with half of the letters
-- out of order rounded down. The function that comes with Splink does not round.
--
-- `free` is the other text, in which a letter that was used is replaced; `used` are the letters of
-- the one text that found theirs. A fold over a list of one value gives that value a name.
CREATE OR REPLACE TEMPORARY FUNCTION jarowinkler_similarity (one STRING, other STRING)
RETURNS DOUBLE
RETURN aggregate(
    array(
        named_struct(
            'one', decode(encode(one, 'UTF-8'), 'ISO-8859-1'),
            'other', decode(encode(other, 'UTF-8'), 'ISO-8859-1'),
            'reach', greatest(greatest(octet_length(one), octet_length(other)) DIV 2 - 1, 0)
        )
    ),
    0D,
    (nothing, pair) -> if(length(pair.one) * length(pair.other) = 0, 0D, aggregate(
        sequence(1, length(pair.one)),
        named_struct('free', pair.other, 'used', ''),
        (found, at) -> aggregate(
            array(locate(substr(pair.one, at, 1), found.free, greatest(at - pair.reach, 1))),
            found,
            (same, place) -> if(
                place BETWEEN 1 AND at + pair.reach,
                named_struct(
                    'free', overlay(found.free, '\u0001', place, 1),
                    'used', concat(found.used, substr(pair.one, at, 1))
                ),
                found
            )
        ),
        found -> aggregate(
            sequence(1, length(pair.other)),
            named_struct('common', 0, 'moved', 0),
            (counts, at) -> if(
                substr(found.free, at, 1) = '\u0001',
                named_struct(
                    'common', counts.common + 1,
                    'moved', counts.moved + if(
                        substr(pair.other, at, 1) = substr(found.used, counts.common + 1, 1), 0, 1
                    )
                ),
                counts
            ),
            counts -> if(counts.common = 0, 0D, aggregate(
                array(
                    (
                        counts.common / length(pair.one)
                        + counts.common / length(pair.other)
                        + (counts.common - counts.moved DIV 2) / counts.common
                    ) / 3
                ),
                0D,
                (zero, jaro) -> if(jaro > 0.7D, jaro + 0.1D * (1D - jaro) * aggregate(
                    sequence(1, least(4, length(pair.one), length(pair.other))),
                    0,
                    (start, at) -> if(left(pair.one, at) = left(pair.other, at), at, start)
                ), jaro)
            ))
        )
    ))
)

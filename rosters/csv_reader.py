"""Python's csv reader, set up once for all that read rosters."""

import csv
from collections.abc import Iterable, Iterator

MAX_CELL_CHARS = 1 << 30

# The limit is one for the whole process: a lower one, set by another reader meanwhile, would break
# off a file that is being read.
csv.field_size_limit(MAX_CELL_CHARS)


def csv_records(
    lines: Iterable[str],
    delimiter: str = ",",
    *,
    space_before_quotes: bool = False,
    strict: bool = False,
) -> Iterator[list[str]]:
    """The cells of each record; `lines` keep their line ends.

    Raises:
        csv.Error: while iterating, if the text cannot be read as CSV.
    """
    return csv.reader(
        lines, delimiter=delimiter, skipinitialspace=space_before_quotes, strict=strict
    )

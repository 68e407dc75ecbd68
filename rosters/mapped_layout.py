"""The layout of a file whose account may have mapped columns of its own.

A file whose own header fits its format is read as if there were no mapping. The mapping is used
where the format alone would refuse the header, or leave a column unused that the mapping names.
"""

from dataclasses import replace

from rosters.byte_source import ByteSource
from rosters.headers import KnownHeaders
from rosters.layout import Layout
from rosters.read_layout import first_cells, read_layout
from schemas.errors import FileFault
from schemas.formats import Format

HEADER_FAULTS = frozenset({"header_unusable", "missing_column", "duplicate_header"})
"""Faults that a mapping may mend."""

_ENOUGH_HEADERS = 2


def layout_of_file(source: ByteSource, file_format: Format) -> Layout:
    """The layout of a file, under the format's `mapping` where the file needs it.

    Raises:
        FileFault: as `read_layout` does.
    """
    declared = file_format.without_mapping()
    try:
        plain = read_layout(source, declared)
    except FileFault as fault:
        if fault.code not in HEADER_FAULTS or not _mends(source, file_format, fault):
            raise
    else:
        if not _says_more(source, file_format, plain):
            return plain
    return _under_mapping(source, file_format)


def _mends(source: ByteSource, file_format: Format, fault: FileFault) -> bool:
    """Whether the file is one that the mapping was made for."""
    mapping, mapped = file_format.mapping, file_format.under_mapping()
    if mapping is None:
        return False
    cells = first_cells(source, mapped)
    if mapping.by_position:
        return fault.code == "header_unusable" and len(cells) == len(mapping.columns)
    known = KnownHeaders(mapped)
    return any(known.is_own(cell) for cell in cells)


def _says_more(source: ByteSource, file_format: Format, plain: Layout) -> bool:
    """Whether the mapping knows columns that the format alone does not."""
    mapping = file_format.mapping
    if mapping is None or (mapping.by_position and file_format.has_header):
        return False
    if mapping.by_position:
        return True  # a format without a header cannot tell whose columns these are
    known = KnownHeaders(file_format.under_mapping())
    if file_format.has_header:
        unknown = [plain.headers[i] for i in plain.unknown]
        return bool(known.slots_named([header for header in unknown if known.is_own(header)]))
    own = [known.is_own(cell) for cell in first_cells(source, file_format.under_mapping())]
    return sum(own) >= min(_ENOUGH_HEADERS, len(mapping.columns))


def _under_mapping(source: ByteSource, file_format: Format) -> Layout:
    mapping = file_format.mapping
    assert mapping is not None  # noqa: S101 - both questions above said so
    layout = read_layout(source, file_format.under_mapping())
    note = ("columns_mapped", f"read with version {mapping.version} of the column mapping")
    return replace(layout, mapping=mapping.version, notes=(*layout.notes, note))

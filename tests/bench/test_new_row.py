"""Records of the write-ahead log are summed by table and index."""

from bench.new_row import Written, count, table

RELATIONS = {"1663/5/100": "patient", "1663/5/101": "pk_patient"}
RECORDS = [
    (
        "rmgr: Heap2       len (rec/tot):    400/   400, tx: 7, lsn: 0/01, prev 0/00, "
        "desc: MULTI_INSERT+INIT ntuples: 3, flags: 0x02, blkref #0: rel 1663/5/100 blk 0\n"
    ),
    (
        "rmgr: Btree       len (rec/tot):     72/    72, tx: 7, lsn: 0/02, prev 0/01, "
        "desc: INSERT_LEAF off: 1, blkref #0: rel 1663/5/101 blk 1\n"
    ),
    (
        "rmgr: Btree       len (rec/tot):     60/  8000, tx: 7, lsn: 0/03, prev 0/02, "
        "desc: INSERT_LEAF off: 2, blkref #0: rel 1663/5/101 blk 1 FPW\n"
    ),
    (
        "rmgr: Btree       len (rec/tot):   2000/  2000, tx: 7, lsn: 0/04, prev 0/03, "
        "desc: SPLIT_R level: 0, blkref #0: rel 1663/5/101 blk 1\n"
    ),
    (
        "rmgr: Heap        len (rec/tot):    100/   100, tx: 7, lsn: 0/05, prev 0/04, "
        "desc: INSERT off: 1, flags: 0x08, blkref #0: rel 1663/6/100 blk 0\n"
    ),
    "rmgr: Transaction len (rec/tot):     34/    34, tx: 7, lsn: 0/06, prev 0/05, desc: COMMIT\n",
]


def test_rows_of_tables_and_entries_of_indexes_are_counted_with_their_bytes():
    found = count(RECORDS, RELATIONS)
    assert found == {
        "patient": Written(3, 400, 0),
        "pk_patient": Written(2, 10_072, 1),
        "other databases": Written(1, 100, 0),
        "no table": Written(0, 34, 0),
    }
    assert "| pk_patient | 0.67 | 3,357 | 1 |" in table(found, rows=3)

# SPDX-License-Identifier: MIT
"""recording_file.py - makes recordings without a sensor, well-formed or not."""
import contextlib
import sqlite3
import struct
import subprocess

APPLICATION = 0x5649474C
VERSION = 3
PAGE = 8192
EPOCH = 1700000000 * 10**9

PROCESS_EXEC = 2
PART_IMAGE = 1


def exec_record(seq, pid, image):
    """A record of an exec, as include/vigil/event.h describes it."""
    path = image.encode()
    part = struct.pack("<HBBII", PART_IMAGE, 0, 0, len(path), len(path)) + path
    part += bytes(-len(part) % 8)
    identity = struct.pack("<IIQ", pid, pid, pid * 10)
    body = identity + struct.pack("<IIQ", 1, 1, 10) + bytes(16)
    body += struct.pack("<QII", EPOCH + seq, 0, 1) + struct.pack("<IIII", 0, 0, 0, 0)
    body += struct.pack("<IIII", 0xFFFFFFFF, 0, pid, 0) + bytes(32) + bytes(32)
    fixed = 56 + len(body)
    header = struct.pack("<IHHBBHIQQQ", fixed + len(part), PROCESS_EXEC, fixed, 1, 0, 0, 0,
                         seq, EPOCH + seq, seq) + identity
    return header + body + part


def schema(vigil):
    """The SQL with which Vigil makes a recording."""
    return subprocess.run([vigil, "query", "--schema"], capture_output=True, text=True,
                          check=True).stdout


def make(vigil, path, blocks=3, events=4, sql=None):
    """A recording of blocks * events execs; sql: instead of Vigil's schema."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA page_size = {PAGE}")
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.executescript(sql or schema(vigil))
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {VERSION}")
        seq = 0
        for _ in range(blocks):
            first = seq + 1
            records = b""
            for _ in range(events):
                seq += 1
                records += exec_record(seq, 1000 + seq, f"/bin/program{seq}")
            add_block(database, records, first, seq)


def add_block(database, records, first=1, last=1):
    database.execute("INSERT INTO block VALUES (NULL, 1, ?, ?, ?, ?, ?, ?)",
                     (first, last, EPOCH + first, EPOCH + last, last - first + 1, records))


def change(path, sql):
    """Runs SQL that may write to the schema."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript("PRAGMA writable_schema = ON;" + sql)


def root_page(path, table):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?",
                                (table,)).fetchone()[0]


def read_page(path, number):
    with open(path, "rb") as f:
        f.seek((number - 1) * PAGE)
        return bytearray(f.read(PAGE))


def write_page(path, number, page):
    with open(path, "r+b") as f:
        f.seek((number - 1) * PAGE)
        f.write(page)


def append_page(path, page):
    """The number of a page at the end of the file, which is counted in the header."""
    with open(path, "r+b") as f:
        f.seek(0, 2)
        f.write(page)
        pages = f.tell() // PAGE
        f.seek(28)
        f.write(struct.pack(">I", pages))
    return pages


def interior_page(child, cells=800):
    """A page of a table of which every entry refers to the same page."""
    page = bytearray(PAGE)
    at = PAGE
    for i in range(cells):
        at -= 5
        page[at:at + 5] = struct.pack(">IB", child, 1)
        page[12 + 2 * i:14 + 2 * i] = struct.pack(">H", at)
    page[0:12] = struct.pack(">BHHHBI", 5, 0, cells, at, 0, child)
    return page


def repeat_rows(path, table, levels=4):
    """Makes the rows of a table appear 800 to the power of `levels` times."""
    root = root_page(path, table)
    child = append_page(path, read_page(path, root))
    for _ in range(levels - 1):
        child = append_page(path, interior_page(child))
    write_page(path, root, interior_page(child))


def swap_ids(path, table, ids):
    """Overwrites the ids (below 128) of the rows on a table's only page."""
    root = root_page(path, table)
    page = read_page(path, root)
    count = struct.unpack(">H", page[3:5])[0]
    assert page[0] == 13 and count == len(ids)
    for i, new in enumerate(ids):
        at = struct.unpack(">H", page[8 + 2 * i:10 + 2 * i])[0]
        while page[at] & 0x80:  # the length of the row
            at += 1
        page[at + 1] = new
    write_page(path, root, page)

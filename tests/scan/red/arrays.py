"""NumPy arrays and archives of them, and joblib: what numpy.load reads from a head, and what follows it."""

from writers import *

FOUND = "found"
BANG = whole(call("os", "system", "id"))


def arrays(add):
    def one(file, raw):
        add("array", file + ".npy", raw, FOUND)

    one("objects", npy("'|O'", "(1,)", BANG))
    one("objects-scalar", npy("'|O'", "()", BANG))
    one("objects-version-2", npy("'|O'", "(1,)", BANG, 2))
    one("objects-version-3", npy("'|O'", "(1,)", BANG, 3))
    one("objects-version-9", npy("'|O'", "(1,)", BANG, 9))
    one("objects-by-name", npy("'object'", "(1,)", BANG))
    one("objects-O8", npy("'O8'", "(1,)", BANG))
    one("objects-double-quotes", npy('"|O"', "(1,)", BANG))
    one("record", npy("[('a', '<i4'), ('b', '|O')]", "(1,)", BANG))
    one("record-nested", npy("[('a', [('b', '|O')])]", "(1,)", BANG))
    one("record-sub-array", npy("[('a', '|O', (2,))]", "(1,)", BANG))
    one("record-by-name", npy("[('a', 'object')]", "(1,)", BANG))
    one("record-escaped", npy("[('a', '|\\x4f')]", "(1,)", BANG))
    one("record-escaped-unicode", npy("[('a', '|\\u004f8')]", "(1,)", BANG))
    one("record-octal", npy("[('a', '\\174\\117')]", "(1,)", BANG))
    one("record-named-character", npy("[('a', '|\\N{LATIN CAPITAL LETTER O}')]", "(1,)", BANG))
    one("escaped", npy("'|\\x4f'", "(1,)", BANG))
    one("strings-in-a-row", npy("'|' 'O'", "(1,)", BANG))
    one("record-strings-in-a-row", npy("[('a', '|' 'O')]", "(1,)", BANG))
    one("triple-quotes", npy("'''|O'''", "(1,)", BANG))
    one("raw-string", npy("r'|O'", "(1,)", BANG))
    one("comma-text", npy("'i4,O'", "(1,)", BANG))
    one("comma-text-objects-first", npy("'O,i4'", "(1,)", BANG))
    one("comma-text-many", npy("'f8,f8,O'", "(1,)", b"\x80\x04N." * 4 + BANG))
    one("two-descriptions", npy("'<f8', 'descr': '|O'", "(1,)", BANG))
    one("two-descriptions-behind", npy(None, None, BANG, head="{'descr': '<u1', 'fortran_order': False, 'shape': (%d,), 'descr': '|O'}" % len(BANG)))
    one("two-shapes", npy(None, None, b"\0" * 8 + BANG, head="{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'shape': (1 << 60,)}"))
    one("key-escaped", npy(None, None, BANG, head="{'\\x64escr': '|O', 'fortran_order': False, 'shape': (1,)}"))
    one("key-decoy-in-text", npy(None, None, BANG, head="{'descr': [('\\'descr\\': <u1', '|O')], 'fortran_order': False, 'shape': (1,)}"))
    one("comment-in-head", npy(None, None, BANG, head="{#'descr': '<u1'\n'descr': '|O', 'fortran_order': False, 'shape': (1,)}"))
    one("dictionary-type", npy("{'names': ['a'], 'formats': ['O']}", "(1,)", BANG))
    one("tuple-type", npy("('O', (2,))", "(1,)", BANG))
    one("tuple-type-record", npy("('i4', [('a', 'O')])", "(1,)", BANG))
    one("title-record", npy("[(('title', 'a'), '|O')]", "(1,)", BANG))
    one("alignment-flag", npy("'<O'", "(1,)", BANG))
    one("pickle-behind-numbers", npy("'<f8'", "(1,)", b"\0" * 8 + BANG))
    one("second-array-objects", npy("'<f8'", "(1,)", b"\0" * 8 + npy("'|O'", "(1,)", BANG)))
    one("second-array-record", npy("[('a', '<f8')]", "(1,)", b"\0" * 8 + npy("'|O'", "(1,)", BANG)))
    one("behind-a-record", npy("[('a', '<f8')]", "(1,)", b"\0" * 8 + BANG))
    one("no-data", npy("'|O'", "(1,)", b""))
    one("overflow", npy("'<f8'", "(4611686018427387904, 4)", b"\0" * 8))
    one("shape-of-a-terabyte", npy("'<f8'", "(137438953472,)", b"\0" * 8))
    one("negative-shape", npy("'<f8'", "(-1,)", b"\0" * 8))
    one("head-is-code", npy(None, None, b"\0" * 8, head="__import__('os').system('id')"))
    one("head-longer-than-file", b"\x93NUMPY\1\0\xff\xff{'descr'")
    one("objects-protocol-0", npy("'|O'", "(1,)", b"cos\nsystem\n(S'id'\ntR."))
    one("old-python-2-longs", npy(None, None, BANG, head="{'descr': '|O', 'fortran_order': False, 'shape': (1L,)}"))


def packed(add):
    def one(file, raw):
        add("array", file + ".npz", raw, FOUND)

    good = npy("'<f8'", "(2,)", b"\0" * 16)
    bad = npy("'|O'", "(1,)", BANG)
    one("member", zip_file([Member("a.npy", good), Member("b.npy", bad)]))
    one("member-deflated", zip_file([Member("a.npy", good, 8), Member("b.npy", bad, 8)]))
    one("twice-last", zip_file([Member("a.npy", good), Member("a.npy", bad)]))
    one("twice-first", zip_file([Member("a.npy", bad), Member("a.npy", good)]))
    one("no-extension", zip_file([Member("weights", bad)]))
    one("member-is-a-pickle", zip_file([Member("a.npy", BANG)]))
    one("member-named-txt", zip_file([Member("a.npy", good), Member("notes.txt", bad)]))
    one("npz-in-npz", zip_file([Member("a.npz", zip_file([Member("b.npy", bad)]))]))
    one("record-escaped", zip_file([Member("a.npy", npy("[('a', '|\\x4f')]", "(1,)", BANG))]))


ALL = (arrays, packed)

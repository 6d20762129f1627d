"""Asks before it loads, from Python: `python3 ask_first.py model.pt`.

safe_bytes(path) gives the bytes of a file that is clean, and raises for any other. Load from these bytes
(torch.load(io.BytesIO(...)), pickle.loads), not from the path: it may have become another file by then.
"""
import ctypes
import json
import os
import sys

_lib = ctypes.CDLL(os.environ.get("TOCSIN_SCAN_LIBRARY", "libtocsin-scan.so.0"))
_lib.tocsin_scanner_new.restype = ctypes.c_void_p
_lib.tocsin_scan_bytes.restype = ctypes.c_void_p
_lib.tocsin_scan_bytes.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_uint]
_lib.tocsin_report_verdict.argtypes = [ctypes.c_void_p]
_lib.tocsin_report_json.restype = ctypes.c_char_p
_lib.tocsin_report_json.argtypes = [ctypes.c_void_p]
_lib.tocsin_report_free.argtypes = [ctypes.c_void_p]

CLEAN = 0
_scanner = _lib.tocsin_scanner_new()  # for any number of threads, and for the life of the program


class NotClean(Exception):
    """The file was not shown to be harmless. `report` is the report (docs/json.md)."""

    def __init__(self, path, report):
        found = [f["what"] for f in report["findings"] if f["severity"] != "info"]
        super().__init__(f"{path}: {report['verdict']}" + (": " + found[0] if found else ""))
        self.report = report


def safe_bytes(path):
    with open(path, "rb") as file:
        content = file.read()
    report = _lib.tocsin_scan_bytes(_scanner, content, len(content), os.fsencode(path), 0)
    if not report:
        raise MemoryError
    try:
        if _lib.tocsin_report_verdict(report) != CLEAN:
            raise NotClean(path, json.loads(_lib.tocsin_report_json(report)))
    finally:
        _lib.tocsin_report_free(report)
    return content


if __name__ == "__main__":
    try:
        print(f"{sys.argv[1]}: loading {len(safe_bytes(sys.argv[1]))} bytes")
    except NotClean as error:
        sys.exit(f"{error}, not loaded")

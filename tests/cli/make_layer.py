#!/usr/bin/env python3
"""Makes the layers that nobody honest makes: make_layer.py KIND FILE writes the tar of a layer; make_layer.py KIND FILE BASE
an archive for `load`, whose image hostile:1 has that layer above the tar BASE."""
import gzip, hashlib, io, json, sys, tarfile

BLOCK = 512


def entry(name, data=b"", kind=tarfile.REGTYPE, link="", pax=None, edit=None, **fields):
    """One entry's bytes. `edit` may spoil the finished header block; its checksum is made true afterwards."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.mode = kind, link, len(data), 0o755 if kind == tarfile.DIRTYPE else 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    if pax:
        info.pax_headers = pax
    head = bytearray(info.tobuf(tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT))
    if edit:
        block = head[-BLOCK:]
        edit(block)
        block[148:156] = b"        "
        block[148:156] = b"%06o\0 " % sum(block)
        head[-BLOCK:] = block
    return bytes(head) + data + bytes(-len(data) % BLOCK)


def size_field(value):
    def edit(block):
        block[124:136] = value
    return edit


def folder(name):
    return entry(name, kind=tarfile.DIRTYPE)


def symlink(name, target):
    return entry(name, kind=tarfile.SYMTYPE, link=target)


def hardlink(name, target):
    return entry(name, kind=tarfile.LNKTYPE, link=target)


def device(name, major, minor):
    return entry(name, kind=tarfile.CHRTYPE, devmajor=major, devminor=minor)


def spoil_checksum(bad):
    return bad[:148] + b"777777\0 " + bad[156:]


FIRST = folder("harmless") + entry("harmless/file", b"harmless\n" * 1000)
LAST = entry("harmless/last", b"x") + bytes(2 * BLOCK)
BIG = b"0123456789abcdef" * 4096


def around(*bad):
    return FIRST + b"".join(bad) + LAST


REFUSED = {
    "truncated-data": lambda: (FIRST + entry("bad/big", BIG))[:-20000],
    "truncated-header": lambda: (FIRST + entry("bad"))[:-100],
    "checksum": lambda: around(entry("good"), spoil_checksum(entry("bad"))),
    "not-octal": lambda: around(entry("bad/size", edit=size_field(b"12x45678901\0"))),
    "size-too-large": lambda: FIRST + entry("bad/size", b"short", edit=size_field(b"00077777777\0")) + LAST,
    "size-2-63": lambda: around(entry("bad/huge", edit=size_field(b"\x80\0\0\0\x80\0\0\0\0\0\0\0"))),
    "size-2-63-pax": lambda: around(entry("bad/huge", pax={"size": str(2**63)})),
    "size-2-63-less-one": lambda: around(entry("bad/huge", pax={"size": str(2**63 - 1)})),
    "size-negative": lambda: around(entry("bad/negative", edit=size_field(b"\xff" * 12))),
    "dotdot": lambda: around(entry("../bad")),
    "dotdot-inside": lambda: around(entry("harmless/../../bad")),
    "dotdot-link": lambda: around(hardlink("bad", "../../../etc/shadow")),
    "link-to-nowhere": lambda: around(hardlink("bad", "nowhere")),
    "link-to-later": lambda: around(hardlink("bad", "later"), entry("later")),
    "link-to-folder": lambda: around(hardlink("bad", "harmless")),
    "link-through-symlink": lambda: around(symlink("out", "/etc"), hardlink("bad", "out/passwd")),
    "link-replaces-target": lambda: around(hardlink("harmless", "harmless/file")),
    "device-0-0": lambda: around(device("bad", 0, 0)),
    "device-too-large": lambda: around(device("bad", 4096, 1)),
    "root-is-a-file": lambda: around(entry("./.", b"x")),
    "below-a-whiteout": lambda: around(entry(".wh.bad/file")),
    "whiteout-without-name": lambda: around(entry("harmless/.wh.")),
    "long-component": lambda: around(entry("b" * 256)),
    "long-name": lambda: around(entry("bad/" * 1500 + "x")),
    "nul": lambda: around(entry("x", pax={"path": "ba\0d"})),
    "symlink-to-nothing": lambda: around(symlink("bad", "")),
    "unknown-type": lambda: around(entry("bad", kind=b"Q")),
    "pax-lies": lambda: around(entry("x", b"999 path=bad\n", kind=b"x"), entry("y")),
    "pax-too-large": lambda: around(entry("bad", pax={"comment": "x" * (2 << 20)})),
    "xattr-too-large": lambda: around(entry("bad", pax={"SCHILY.xattr.user.x": "x" * 70000})),
    "sparse-lies": lambda: around(entry("bad", b"ten bytes.", pax={
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "bad", "GNU.sparse.size": "100",
        "GNU.sparse.map": "90,20"})),
    "too-many-entries": lambda: b"".join(entry(f"bad{i}") for i in range(2000)) + LAST,
    "zeros": lambda: gzip.compress(FIRST + entry("bad/zeros", bytes(200 << 20)) + LAST, 1),
}

ODD = {
    "absolute": lambda: around(entry("/odd/file", b"absolute\n")),
    "symlinked-parents": lambda: around(symlink("odd", "/etc"), entry("odd/planted", b"below a link\n"), symlink("up", "../../../.."),
                                        entry("up/planted", b"x"), symlink("etc", "/proc/self/cwd"), entry("etc/passwd", b"odd\n")),
    "twice": lambda: around(entry("odd", b"first\n"), entry("odd", b"second\n"), folder("kind"), entry("kind/x"), entry("kind", b"file\n"),
                            symlink("back", "/etc"), folder("back"), entry("back/x", b"folder\n")),
    "whiteouts-of-nothing": lambda: around(entry(".wh.never-there"), entry("no/such/.wh.thing"), entry("no/folder/.wh..wh..opq")),
    "opaque-after": lambda: around(folder("usr"), entry("usr/new", b"odd\n"), entry("usr/.wh..wh..opq")),
    "opaque-before": lambda: around(entry("usr/.wh..wh..opq"), folder("usr"), entry("usr/new", b"odd\n")),
    "long-headers": lambda: around(entry("odd", b"odd\n", pax={"comment": "x" * (64 << 10)})),
    "deep": lambda: around(entry("d/" * 1000 + "odd", b"odd\n")),
}


def image(base, layer):
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"]}, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(l).hexdigest() for l in (base, layer)]}}).encode()
    manifest = json.dumps([{"Config": "config", "RepoTags": ["hostile:1"], "Layers": ["base", "layer"]}]).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in ("config", config), ("base", base), ("layer", layer), ("manifest.json", manifest):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def main():
    kind, path, *base = sys.argv[1:]
    data = {**REFUSED, **ODD}[kind]()
    if base:
        with open(base[0], "rb") as file:
            data = image(file.read(), data)
    with open(path, "wb") as file:
        file.write(data)


main()

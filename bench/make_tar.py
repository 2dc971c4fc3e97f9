#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the tars that are measured, from a seed: the same arguments give the same bytes.

    make_tar.py layer FILE      412 MB, 20,000 files, sizes and compressibility like those of a distribution
    make_tar.py many FILE       a million entries, most of them empty files
    make_tar.py base FILE       200 MB, 5,000 files, with busybox to run (from tools/busybox-rootfs)
"""
import pathlib, random, subprocess, sys

BLOCK = 512


def header(name, size, kind=b"0", mode=0o644):
    name = name.encode()
    prefix = b""
    if len(name) > 100:
        cut = name.rindex(b"/", 0, 155)
        prefix, name = name[:cut], name[cut + 1:]
    field = lambda value, width: b"%0*o\0" % (width - 1, value)
    block = bytearray(
        name.ljust(100, b"\0") + field(mode, 8) + field(0, 8) + field(0, 8) + field(size, 12) + field(1700000000, 12)
        + b" " * 8 + kind + b"\0" * 100 + b"ustar\0" + b"00" + b"\0" * 64 + field(0, 8) + field(0, 8) + prefix.ljust(155, b"\0")
        + b"\0" * 12)
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def files(out, count, total, seed, folders=()):
    """`count` files of `total` bytes in all, log-normal sizes, half of each one's bytes repeating. `folders` are there already."""
    chance = random.Random(seed)
    weights = [chance.lognormvariate(0, 1.6) for _ in range(count)]
    scale = total / sum(weights)
    pool = chance.randbytes(1 << 20)
    folders = set(folders)
    for i, weight in enumerate(weights):
        folder = f"usr/share/pkg{i % 200:03d}/part{i // 200 % 10}"
        for end in [j for j, c in enumerate(folder + "/") if c == "/"]:
            if folder[:end] not in folders:
                folders.add(folder[:end])
                out.write(header(folder[:end] + "/", 0, b"5", 0o755))
        size = int(weight * scale)
        out.write(header(f"{folder}/file{i:05d}.dat", size))
        left = size
        while left > 0:
            piece = min(left, 65536)
            at = chance.randrange(len(pool) - 65536)
            out.write(pool[at:at + piece // 2] + chance.randbytes(piece - piece // 2))
            left -= piece
        out.write(b"\0" * (-size % BLOCK))


def many(out):
    for i in range(1000):
        out.write(header(f"d{i:03d}/", 0, b"5", 0o755))
        out.write(b"".join(header(f"d{i:03d}/file-number-{j:04d}", 0) for j in range(999)))


def main():
    kind, path = sys.argv[1], pathlib.Path(sys.argv[2])
    part = path.with_suffix(".part")
    with open(part, "wb", buffering=1 << 20) as out:
        if kind == "layer":
            files(out, 20_000, 395_500_000, 1)
        elif kind == "base":
            tar = subprocess.run([pathlib.Path(__file__).parent.parent / "tools/busybox-rootfs"], stdout=subprocess.PIPE, check=True).stdout
            end = len(tar)
            while tar[end - BLOCK:end] == b"\0" * BLOCK:
                end -= BLOCK
            out.write(tar[:end])
            files(out, 5_000, 198_000_000, 2, {"usr"})  # Docker refuses a name that comes twice
        elif kind == "many":
            many(out)
        else:
            sys.exit(__doc__)
        out.write(b"\0" * 1024)
    part.rename(path)


main()

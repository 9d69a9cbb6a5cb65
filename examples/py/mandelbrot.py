"""Draws the Mandelbrot set on several threads, as PNG or PGM.

    mandelbrot.py [--size WxH] [--iterations N] [--threads N] [--center X,Y] [--zoom Z] FILE

Rows are dealt out one by one, because rows through the set cost far more than rows beside it.
"""
import argparse
import binascii
import os
import pathlib
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def row(y, width, height, limit, center, span):
    """One row of grey values; points of the set are black."""
    cx, cy = center
    ci = cy + (y - height / 2) * span / width
    out = bytearray(width)
    scale = 255 / limit
    for x in range(width):
        cr = cx + (x - width / 2) * span / width
        zr = zi = zr2 = zi2 = 0.0
        n = 0
        while n < limit and zr2 + zi2 <= 4.0:
            zi = 2.0 * zr * zi + ci
            zr = zr2 - zi2 + cr
            zr2, zi2 = zr * zr, zi * zi
            n += 1
        out[x] = 0 if n == limit else 255 - int(n * scale)
    return bytes(out)


def pgm(width, height, rows):
    return b"P5\n%d %d\n255\n" % (width, height) + b"".join(rows)


def png(width, height, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data))

    raw = b"".join(b"\0" + r for r in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", deflate(raw)) + chunk(b"IEND", b"")


def deflate(data):
    """Compresses with zlib, or wraps the data uncompressed where an interpreter has no zlib."""
    try:
        import zlib
    except ImportError:
        blocks = [data[i:i + 65535] for i in range(0, len(data), 65535)] or [b""]
        body = b"".join(struct.pack("<BHH", i == len(blocks) - 1, len(b), len(b) ^ 0xFFFF) + b for i, b in enumerate(blocks))
        return b"\x78\x01" + body + struct.pack(">I", adler32(data))
    return zlib.compress(data)


def adler32(data):
    a, b = 1, 0
    for i in range(0, len(data), 2048):
        for byte in data[i:i + 2048]:
            a += byte
            b += a
        a, b = a % 65521, b % 65521
    return b << 16 | a


def size(text):
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, such as 640x480")
    return int(width), int(height)


def point(text):
    x, _, y = text.partition(",")
    try:
        return float(x), float(y)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y, such as -0.75,0.1") from None


def positive(text):
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=pathlib.Path, help="where to write: NAME.png or NAME.pgm")
    parser.add_argument("--size", type=size, default=(320, 240), metavar="WxH", help="default 320x240")
    parser.add_argument("--iterations", type=positive, default=100, metavar="N", help="default 100")
    parser.add_argument("--threads", type=positive, default=os.cpu_count() or 1, metavar="N", help="default: one a core")
    parser.add_argument("--center", type=point, default=(-0.65, 0.0), metavar="X,Y", help="default -0.65,0")
    parser.add_argument("--zoom", type=float, default=1.0, metavar="Z", help="default 1")
    options = parser.parse_args()
    formats = {".png": png, ".pgm": pgm}
    encode = formats.get(options.file.suffix.lower())
    if encode is None:
        parser.error(f"{options.file}: the name must end in .png or .pgm")
    if options.zoom <= 0:
        parser.error("the zoom must be more than 0")
    width, height = options.size
    start = time.perf_counter()
    with ThreadPoolExecutor(options.threads) as pool:
        rows = list(pool.map(lambda y: row(y, width, height, options.iterations, options.center, 3.0 / options.zoom),
                             range(height)))
    seconds = time.perf_counter() - start
    try:
        options.file.write_bytes(encode(width, height, rows))
    except OSError as error:
        sys.exit(f"mandelbrot.py: cannot write {options.file}: {error.strerror}")
    inside = sum(r.count(0) for r in rows)
    print(f"{options.file}: {width}x{height}, {inside} points of {width * height} in the set, "
          f"checksum {binascii.crc32(b''.join(rows)):08x}")
    print(f"{options.threads} threads: {seconds:.2f} s", file=sys.stderr)


if __name__ == "__main__":
    main()

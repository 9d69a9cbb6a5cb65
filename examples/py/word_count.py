"""Counts the words and identifiers of every text file under the given folders, on several threads.

    word_count.py [--threads N] [--top K] [--skip NAME] PATH ...

The table goes to standard output and the timing to standard error, so the tables of two runs can be compared.
Files are cut at line ends into pieces of equal size; each thread takes the next piece when it has finished one, counts
into counters of its own, and these are added up at the end: while they count, the threads share nothing.
"""
import argparse
import os
import re
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
NAME = re.compile(r"[^\W\d]\w*")
PIECE = 256 * 1024
PROBE = 4096


def text_files(paths, skipped):
    """Yields (path, size) of the files under `paths` that look like text, in the order of their names."""
    for path in paths:
        if os.path.isfile(path):
            found = [path]
        elif os.path.isdir(path):
            found = walk(path, skipped)
        else:
            sys.exit(f"word_count.py: no such file or folder: {path}")
        for name in found:
            try:
                size = os.path.getsize(name)
                with open(name, "rb") as file:
                    is_text = b"\0" not in file.read(PROBE)
            except OSError as error:
                print(f"word_count.py: skipped {name}: {error.strerror}", file=sys.stderr)
                continue
            if is_text and size:
                yield name, size


def walk(folder, skipped):
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in skipped)
        for name in sorted(files):
            path = os.path.join(parent, name)
            if os.path.isfile(path):
                yield path


def pieces_of(files):
    """Cuts files into (path, start, end) of about PIECE bytes."""
    return [(path, start, min(start + PIECE, size)) for path, size in files for start in range(0, size, PIECE)]


def read_piece(path, start, end):
    """Reads the lines that begin in [start, end)."""
    with open(path, "rb") as file:
        if start:
            file.seek(start - 1)
            file.readline()
        begin = file.tell()
        if begin >= end:
            return ""
        data = file.read(end - begin)
        if not data.endswith(b"\n"):
            data += file.readline()
    return data.decode("utf-8", "replace")


def count(pieces):
    """Counts pieces until none is left; `list.pop` hands each piece to one thread only."""
    words, names, size = Counter(), Counter(), 0
    while True:
        try:
            path, start, end = pieces.pop()
        except IndexError:
            return words, Counter({name: n for name, n in names.items() if is_identifier(name)}), size
        text = read_piece(path, start, end)
        words.update(WORD.findall(text.lower()))
        names.update(NAME.findall(text))
        size += end - start


def is_identifier(name):
    """Whether a name is one that prose would not have: with an underscore, a digit, or a capital inside."""
    return len(name) > 1 and ("_" in name or not name.isalpha() or not (name[1:].islower() or name.isupper()))


def top(counter, number):
    """The most frequent entries; equal counts in alphabetical order."""
    counts = sorted(counter.values(), reverse=True)
    least = counts[min(number, len(counts)) - 1] if counts else 0
    candidates = [item for item in counter.items() if item[1] >= least]
    return sorted(candidates, key=lambda item: (-item[1], item[0]))[:number]


def table(words, names):
    print(f"{'word':<28}{'count':>10}    {'identifier':<28}{'count':>10}")
    for row in range(max(len(words), len(names))):
        left = f"{words[row][0][:27]:<28}{words[row][1]:>10}" if row < len(words) else " " * 38
        right = f"    {names[row][0][:27]:<28}{names[row][1]:>10}" if row < len(names) else ""
        print((left + right).rstrip())


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a folder, or a single file")
    parser.add_argument("--threads", type=positive, default=os.cpu_count() or 1, metavar="N", help="default: one a core")
    parser.add_argument("--top", type=positive, default=20, metavar="K", help="rows of the table (default 20)")
    parser.add_argument("--skip", action="append", metavar="NAME", default=["target", "node_modules", "__pycache__"],
                        help="folders to leave out, besides hidden ones (may be repeated)")
    options = parser.parse_args()

    start = time.perf_counter()
    pieces = pieces_of(text_files(options.paths, set(options.skip)))
    if not pieces:
        sys.exit("word_count.py: no text files there")
    listed = time.perf_counter()
    with ThreadPoolExecutor(options.threads) as pool:
        parts = [future.result() for future in [pool.submit(count, pieces) for _ in range(options.threads)]]
    counted = time.perf_counter()
    words, identifiers, size = parts[0]
    for more_words, more_identifiers, more_size in parts[1:]:
        words.update(more_words)
        identifiers.update(more_identifiers)
        size += more_size
    table(top(words, options.top), top(identifiers, options.top))
    end = time.perf_counter()
    print(f"{words.total():,} words and {len(identifiers):,} different identifiers in {size / 1e6:.1f} MB; "
          f"{options.threads} threads: listed in {listed - start:.2f} s, counted in {counted - listed:.2f} s, "
          f"merged in {end - counted:.2f} s, {size / 1e6 / (end - start):.1f} MB/s", file=sys.stderr)


if __name__ == "__main__":
    main()

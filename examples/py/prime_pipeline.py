"""Counts primes with a pipeline of threads joined by bounded queues.

    prime_pipeline.py [--limit N] [--workers N] [--block N]

One thread cuts the numbers into blocks, workers sieve the blocks, and one thread puts the results back into order and
counts primes, twins and gaps. The queues are bounded, so a slow stage holds the others back instead of filling memory.
"""
import argparse
import math
import os
import queue
import sys
import threading
import time

DONE = object()


def small_primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    sieve[:2] = b"\0\0"[:limit + 1]
    for n in range(2, math.isqrt(limit) + 1):
        if sieve[n]:
            sieve[n * n::n] = bytes(len(range(n * n, limit + 1, n)))
    return [n for n, prime in enumerate(sieve) if prime]


def cut(limit, block, blocks, workers):
    """First stage: (index, start, end) of each block, then one DONE for each worker."""
    for index, start in enumerate(range(2, limit + 1, block)):
        blocks.put((index, start, min(start + block, limit + 1)))
    for _ in range(workers):
        blocks.put(DONE)


def sieve(blocks, results, base):
    """Second stage: the primes of each block."""
    while (item := blocks.get()) is not DONE:
        index, start, end = item
        flags = bytearray([1]) * (end - start)
        for p in base:
            if p * p >= end:
                break
            first = max(p * p, -(-start // p) * p)
            flags[first - start::p] = bytes(len(range(first, end, p)))
        results.put((index, [start + i for i, prime in enumerate(flags) if prime]))
    results.put(DONE)


class Tally(threading.Thread):
    """Last stage: takes blocks in the order of their numbers, whatever order they come in."""

    def __init__(self, results, workers):
        super().__init__(name="tally")
        self.results, self.workers = results, workers
        self.count = self.twins = self.last = self.gap = self.gap_at = 0

    def run(self):
        waiting, wanted = {}, 0
        while self.workers:
            item = self.results.get()
            if item is DONE:
                self.workers -= 1
                continue
            waiting[item[0]] = item[1]
            while wanted in waiting:
                self.add(waiting.pop(wanted))
                wanted += 1

    def add(self, primes):
        for prime in primes:
            gap = prime - self.last
            self.twins += gap == 2 and self.last > 0
            if self.last and gap > self.gap:
                self.gap, self.gap_at = gap, self.last
            self.last = prime
        self.count += len(primes)


def number(text):
    value = int(text.replace("_", "").replace(",", ""))
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=number, default=1_000_000, help="default 1,000,000")
    parser.add_argument("--workers", type=number, default=os.cpu_count() or 1, help="default: one a core")
    parser.add_argument("--block", type=number, default=20_000, help="numbers a block (default 20,000)")
    options = parser.parse_args()
    start = time.perf_counter()
    blocks, results = queue.Queue(4 * options.workers), queue.Queue(4 * options.workers)
    base = small_primes(math.isqrt(options.limit))
    tally = Tally(results, options.workers)
    threads = [threading.Thread(target=cut, args=(options.limit, options.block, blocks, options.workers), name="cut"), tally]
    threads += [threading.Thread(target=sieve, args=(blocks, results, base), name=f"sieve-{i}") for i in range(options.workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{tally.count:,} primes up to {options.limit:,}; the largest is {tally.last:,}")
    print(f"{tally.twins:,} pairs of twins; the widest gap is {tally.gap}, after {tally.gap_at:,}")
    print(f"{options.workers} workers: {time.perf_counter() - start:.2f} s", file=sys.stderr)


if __name__ == "__main__":
    main()

"""What `cargo xtask collector` measures, for any Python.

    collector.py heap KIND N        full collections of a live heap of N containers: wall and CPU seconds, the least of five
    collector.py append KIND N on   a list of N containers is appended to, with the collector on or off: CPU seconds
"""
import gc
import sys
import time


class Plain:
    def __init__(self, a, b):
        self.a = a
        self.b = b


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


def mixed(n):
    heap = []
    for i in range(n // 5):
        items = [i, None]
        pair = (items, i)
        heap.append(Slotted(Plain({"pair": pair}, items), pair))
    return heap


def shuffled(n):
    import random

    heap = lists(n)
    random.Random(1).shuffle(heap)
    return heap


def garbage(n):
    """Rings that nobody refers to; nothing lives."""
    for i in range(n // 2):
        a, b = [], []
        a.append(b)
        b.append(a)


def tuples(n):
    return [(i, []) for i in range(n // 2)]


def lists(n):
    return [[i] for i in range(n)]


def dicts(n):
    return [{"a": i} for i in range(n)]


def instances(n):
    return [Plain(i, None) for i in range(n)]


def append_tuples(n):
    heap = []
    for i in range(n):
        heap.append((i, None))


def append_lists(n):
    heap = []
    for i in range(n):
        heap.append([i])


def append_instances(n):
    heap = []
    for i in range(n):
        heap.append(Plain(i, None))


def timed(f, *args):
    wall, cpu = time.perf_counter(), time.process_time()
    f(*args)
    return time.perf_counter() - wall, time.process_time() - cpu


what, kind, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
if what == "heap":
    gc.disable()
    walls, cpus = [], []
    heap = None
    for _ in range(5):
        # Garbage is gone after one collection.
        heap = heap or globals()[kind](n)
        wall, cpu = timed(gc.collect)
        walls.append(wall)
        cpus.append(cpu)
    print(min(walls), min(cpus))
else:
    if sys.argv[4] == "off":
        gc.disable()
    print(timed(globals()["append_" + kind], n)[1])

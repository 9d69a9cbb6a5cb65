"""Threads against everything that they can share, with exact invariants.

    stress.py [--seconds N] [--threads N] [--seed N] [KERNEL ...]

Each kernel is a function that runs one round and raises if an invariant broke. Rounds go on, one kernel after the other, until
the time is up. A round that takes longer than 10 seconds is called a deadlock: every thread's stack is dumped, and the
process ends with 1.

What is asserted is what CPython's documentation of thread safety promises: operations that it calls atomic have exact totals;
of others, only that nothing is ever seen that was never there.
"""
import argparse
import collections
import faulthandler
import gc
import importlib
import itertools
import os
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
import weakref

DEADLOCK = 10
KERNELS = {}
operations = 0


def kernel(f):
    KERNELS[f.__name__] = f
    return f


def together(n, work, *args):
    """Runs work(i, random, *args) on n threads that begin at once; what they returned, in order."""
    results, errors = [None] * n, []
    barrier = threading.Barrier(n)
    seeds = [random.random() for _ in range(n)]

    def body(i):
        try:
            barrier.wait()
            results[i] = work(i, random.Random(seeds[i]), *args)
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=body, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]
    return results


def count(n):
    global operations
    operations += n


@kernel
def list_append_pop(n, size=400):
    shared = []

    def work(i, rnd):
        taken = []
        for k in range(size):
            shared.append((i, k))
            if rnd.random() < 0.4:
                try:
                    taken.append(shared.pop(0 if rnd.random() < 0.2 else -1))
                except IndexError:
                    pass
        return taken

    taken = [x for part in together(n, work) for x in part]
    everything = taken + shared
    assert len(everything) == n * size, len(everything)
    assert set(everything) == {(i, k) for i in range(n) for k in range(size)}
    count(n * size)


@kernel
def list_slices(n, size=200):
    shared = [0] * 64

    def work(i, rnd):
        for _ in range(size):
            r = rnd.random()
            if r < 0.3:
                shared[rnd.randrange(64)] = i
            elif r < 0.5:
                shared[10:20] = [i] * 10
            elif r < 0.7:
                assert all(0 <= x < n for x in shared.copy())
            elif r < 0.8:
                shared.reverse()
            elif r < 0.9:
                assert i * 7 not in range(n) or shared.count(i) <= 64
            else:
                a, b = shared[3:7], shared[0]
                assert len(a) == 4 and 0 <= b < n

    together(n, work)
    assert len(shared) == 64


@kernel
def list_sort(n, size=40):
    shared = list(range(100))

    def work(i, rnd):
        for k in range(size):
            if i == 0:
                try:
                    shared.sort(key=lambda x: -x)
                except ValueError as e:
                    assert "modified during sort" in str(e)
            else:
                shared.append(100 + k)
                for x in shared:
                    assert type(x) is int

    together(n, work)


@kernel
def dict_counts(n, size=300):
    shared = {}

    def work(i, rnd):
        mine = 0
        for k in range(size):
            key = f"key{rnd.randrange(50)}"
            r = rnd.random()
            if r < 0.5:
                if shared.setdefault(key, (i, k)) == (i, k):
                    mine += 1
            elif r < 0.8:
                if shared.pop(key, None) is not None:
                    mine -= 1
            elif r < 0.9:
                try:
                    shared.popitem()
                    mine -= 1
                except KeyError:
                    pass
            else:
                found = shared.get(key)
                assert found is None or (0 <= found[0] < n and 0 <= found[1] < size)
        return mine

    assert sum(together(n, work)) == len(shared)
    count(n * size)


@kernel
def dict_grow_read(n, size=300):
    shared = {i: str(i) for i in range(100)}

    def work(i, rnd):
        for k in range(size):
            if i < 2:
                shared[1000 * (i + 1) + k] = str(k)
                if k % 3 == 0:
                    del shared[1000 * (i + 1) + k]
            else:
                key = rnd.randrange(100)
                assert shared[key] == str(key)
                assert 5000 not in shared
                if k % 50 == 0:
                    assert len(dict(shared)) >= 100
                    assert len(shared.copy()) >= 100

    together(n, work)
    assert len(shared) == 100 + 2 * len([k for k in range(size) if k % 3])


@kernel
def dict_iterate(n, size=30):
    shared = dict.fromkeys(range(50), 0)

    def work(i, rnd):
        for k in range(size):
            if i % 2:
                shared[100 + k % 10] = i
                shared.pop(100 + (k + 5) % 10, None)
            else:
                try:
                    for key, value in shared.items():
                        assert type(key) is int and type(value) is int
                except RuntimeError as e:
                    assert "during iteration" in str(e)

    together(n, work)


@kernel
def sets(n, size=300):
    shared = set(range(0, 1000, 7))

    def work(i, rnd):
        for k in range(size):
            shared.add((i, k))
            if k % 2:
                shared.discard((i, k))
            assert 7 * rnd.randrange(100) in shared
            if k % 100 == 0:
                assert len(shared | {1}) > 100
                assert frozenset(shared) >= frozenset(range(0, 70, 7))

    together(n, work)
    assert len(shared) == len(range(0, 1000, 7)) + n * len(range(0, size, 2))
    count(n * size)


@kernel
def strings(n, size=150):
    shared = {"text": "start"}

    def work(i, rnd):
        for k in range(size):
            s = f"{i}-{k}-" + "x" * rnd.randrange(40)
            shared["text"] = s
            seen = shared["text"]
            assert seen == "start" or seen.count("-") == 2, seen
            assert sys.intern(seen) == seen
            hash(seen)
            seen.encode().decode()

    together(n, work)


class Plain:
    def method(self):
        return 1


@kernel
def attributes(n, size=300):
    shared = Plain()
    shared.fixed = "fixed"

    def work(i, rnd):
        for k in range(size):
            name = f"a{rnd.randrange(12)}"
            r = rnd.random()
            if r < 0.4:
                setattr(shared, name, name)
            elif r < 0.6:
                try:
                    delattr(shared, name)
                except AttributeError:
                    pass
            elif r < 0.9:
                assert getattr(shared, name, name) == name
            else:
                assert all(k == v for k, v in list(shared.__dict__.items()))
            assert shared.fixed == "fixed"

    together(n, work)


@kernel
def new_instances(n, size=200):
    class Local:
        def __init__(self, i):
            self.i = i
            self.list = [i]

    kept = []

    def work(i, rnd):
        for k in range(size):
            o = Local(i)
            kept.append(o)
            other = kept[rnd.randrange(len(kept))]
            assert other.list == [other.i]

    together(n, work)
    assert len(kept) == n * size


@kernel
def classes(n, size=120):
    class Base:
        value = 0

        def method(self):
            return 0

    class Derived(Base):
        pass

    shared = Derived()

    def work(i, rnd):
        for k in range(size):
            if i < 2:
                Base.value = k
                Base.method = lambda self, k=k: k
                if i == 0 and k % 10 == 0:
                    Derived.extra = property(lambda self: "extra")
                    del Derived.extra
                if k % 15 == 0:
                    Derived.__bases__ = (Base,)
            else:
                assert 0 <= shared.value < size
                assert 0 <= shared.method() < size
                assert isinstance(shared, Base)
                assert getattr(shared, "extra", "extra") == "extra"

    together(n, work)


@kernel
def iterators(n, size=500):
    it = iter(list(range(size)))
    counter = itertools.count()

    def work(i, rnd):
        seen = 0
        for x in it:
            assert 0 <= x < size
            next(counter)
            seen += 1
        return seen

    together(n, work)
    assert list(it) == []


@kernel
def generators(n, size=200):
    def numbers():
        for k in range(size):
            yield k

    shared = numbers()

    def work(i, rnd):
        got = []
        while True:
            try:
                got.append(next(shared))
            except StopIteration:
                return got
            except ValueError as e:
                assert "already executing" in str(e)

    got = [x for part in together(n, work) for x in part]
    assert sorted(got) == list(range(size)), len(got)


@kernel
def weak_references(n, size=150):
    class Target:
        def __init__(self, n):
            self.n = n

    calls = []
    slots = [Target(k) for k in range(8)]
    refs = [weakref.ref(t) for t in slots]
    made = [8]

    def work(i, rnd):
        for k in range(size):
            at = rnd.randrange(8)
            if i % 2:
                target = Target(1000 * i + k)
                refs[at] = weakref.ref(target, calls.append)
                slots[at] = target
                del target
            else:
                target = refs[at]()
                assert target is None or type(target.n) is int

    together(n, work)
    slots.clear()
    refs_before = list(refs)
    gc.collect()
    assert all(r() is None for r in refs_before)


@kernel
def weak_dictionaries(n, size=80):
    class Target:
        pass

    shared = weakref.WeakValueDictionary()

    def work(i, rnd):
        for k in range(size):
            t = Target()
            t.name = f"{k % 10}"
            shared[t.name] = t
            found = shared.get(f"{rnd.randrange(10)}")
            assert found is None or type(found.name) is str
            del t, found

    together(n, work)
    gc.collect()
    assert len(shared) == 0, dict(shared)


@kernel
def finalizers(n, size=100):
    saved, died = [], []

    class Phoenix:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            died.append(self.name)
            saved.append(self)

    def work(i, rnd):
        for k in range(size):
            a = Phoenix((i, k))
            if k % 3 == 0:
                a.cycle = a
            del a

    together(n, work)
    gc.collect()
    gc.collect()
    assert sorted(died) == sorted({(i, k) for i in range(n) for k in range(size)}), len(died)
    assert len(saved) == n * size
    for a in saved:
        a.__dict__.pop("cycle", None)
    saved.clear()
    gc.collect()
    assert len(died) == n * size


@kernel
def exceptions(n, size=60):
    shared = ValueError("shared")

    def deep(k):
        if k == 0:
            raise shared
        deep(k - 1)

    def work(i, rnd):
        for k in range(size):
            try:
                deep(rnd.randrange(10))
            except ValueError as e:
                assert e is shared and e.args == ("shared",)
                tb = e.__traceback__
                while tb is not None:
                    assert tb.tb_lineno is None or tb.tb_lineno > 0
                    tb = tb.tb_next
            try:
                try:
                    raise KeyError(k)
                finally:
                    raise TypeError(k) from shared
            except TypeError as e:
                assert e.__cause__ is shared and e.__context__.args == (k,)

    together(n, work)
    shared.__traceback__ = None


modules = itertools.count()


@kernel
def imports(n):
    with tempfile.TemporaryDirectory() as folder:
        name = f"stress_module_{os.getpid()}_{next(modules)}"
        with open(os.path.join(folder, name + ".py"), "w") as f:
            f.write("import time\nruns = []\nruns.append(1)\ntime.sleep(0.001)\nvalue = 42\n")
        bad = name + "_bad"
        with open(os.path.join(folder, bad + ".py"), "w") as f:
            f.write("import time\ntime.sleep(0.001)\nraise ZeroDivisionError('bad module')\n")
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            def work(i, rnd):
                module = importlib.import_module(name)
                assert module.value == 42 and module.runs == [1]
                try:
                    importlib.import_module(bad)
                except ZeroDivisionError:
                    pass
                else:
                    raise AssertionError("the bad module was imported")
                return id(module)

            assert len(set(together(n, work))) == 1
            assert bad not in sys.modules
        finally:
            sys.path.remove(folder)
            sys.modules.pop(name, None)


@kernel
def collections_while_threads_come_and_go(n, size=15):
    stop = threading.Event()

    def short(box):
        cycle = [box]
        cycle.append(cycle)
        box.append(len(cycle))

    def work(i, rnd):
        if i == 0:
            for _ in range(size):
                gc.collect()
            stop.set()
            return
        while not stop.is_set():
            box = []
            t = threading.Thread(target=short, args=(box,))
            t.start()
            t.join()
            assert box == [2]

    together(n, work)


@kernel
def dead_owners(n, size=10):
    def work(i, rnd):
        for _ in range(size):
            lock = threading.Lock()
            t = threading.Thread(target=lock.acquire)
            t.start()
            t.join()
            assert not lock.acquire(timeout=0.001)
            lock.release()
            assert lock.acquire(timeout=1)

    together(n, work)


@kernel
def orphans(n, size=50):
    """Objects whose owner thread is gone are counted and freed by others."""
    alive = weakref.WeakSet()

    class Node:
        pass

    def make(out):
        for _ in range(size):
            node = Node()
            node.self_list = [node]
            other = Node()
            alive.add(node)
            alive.add(other)
            out.append((node, other))

    def work(i, rnd):
        out = []
        t = threading.Thread(target=make, args=(out,))
        t.start()
        t.join()
        assert len(out) == size
        rnd.shuffle(out)
        while out:
            out.pop()

    together(n, work)
    gc.collect()
    assert len(alive) == 0, len(alive)


@kernel
def locks_and_conditions(n, size=150):
    lock, total = threading.Lock(), [0]
    rlock, nested = threading.RLock(), [0]
    semaphore, inside = threading.Semaphore(2), []

    def work(i, rnd):
        for _ in range(size):
            with lock:
                total[0] += 1
            with rlock:
                with rlock:
                    nested[0] += 1
            with semaphore:
                inside.append(1)
                assert len(inside) <= n
                inside.pop()

    together(n, work)
    assert total == [n * size] and nested == [n * size]
    count(2 * n * size)


@kernel
def queues(n, size=100):
    q, simple = queue.Queue(10), queue.SimpleQueue()

    def work(i, rnd):
        got = 0
        for k in range(size):
            if i % 2:
                q.put(k)
                simple.put(k)
            else:
                got += q.get() + simple.get()
        return got

    pairs = n // 2
    got = sum(together(pairs * 2, work))
    assert got == pairs * 2 * sum(range(size)), got
    count(pairs * 2 * size)


@kernel
def deques(n, size=300):
    shared = collections.deque()

    def work(i, rnd):
        taken = 0
        for k in range(size):
            (shared.append if k % 2 else shared.appendleft)(1)
            if k % 3 == 0:
                try:
                    taken += (shared.pop if k % 2 else shared.popleft)()
                except IndexError:
                    pass
        return taken

    assert sum(together(n, work)) + len(shared) == n * size
    count(n * size)


@kernel
def bytearrays(n, size=200):
    shared = bytearray(b"\0" * 64)

    def work(i, rnd):
        for k in range(size):
            shared[rnd.randrange(64)] = i
            if k % 20 == 0:
                assert max(bytes(shared)) < n
            if i == 0 and k % 10 == 0:
                shared.extend(b"\1\1")
                del shared[-2:]

    together(n, work)
    assert len(shared) == 64


@kernel
def thread_locals(n, size=100):
    local = threading.local()

    def work(i, rnd):
        for k in range(size):
            local.value = (i, k)
            local.__dict__[f"x{k % 5}"] = k
            assert local.value == (i, k)

    together(n, work)
    assert not hasattr(local, "value")


@kernel
def forks(n):
    def work(i, rnd):
        if i > 1:
            for _ in range(300):
                [{"a": k} for k in range(5)]
            return
        pid = os.fork()
        if pid == 0:
            try:
                box = []
                t = threading.Thread(target=lambda: box.append(sum(range(100))))
                t.start()
                t.join()
                gc.collect()
                os._exit(0 if box == [4950] else 3)
            except BaseException:
                os._exit(4)
        _, status = os.waitpid(pid, 0)
        assert status == 0, status

    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        together(n, work)


EXITING = """
import threading, time
shared = []
def daemon(k):
    while True:
        shared.append({k: [k]})
        if len(shared) > 1000:
            shared.clear()
for k in range(%d):
    threading.Thread(target=daemon, args=(k,), daemon=True).start()
time.sleep(0.01)
print("end")
"""


@kernel
def exit_with_daemons(n):
    done = subprocess.run([sys.executable, "-c", EXITING % n], capture_output=True, text=True, timeout=DEADLOCK)
    assert (done.returncode, done.stdout) == (0, "end\n"), (done.returncode, done.stdout, done.stderr[-2000:])
    assert not done.stderr, done.stderr[-2000:]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("kernels", nargs="*")
    args = parser.parse_args()
    seed = random.randrange(1 << 32) if args.seed is None else args.seed
    random.seed(seed)
    chosen = args.kernels or list(KERNELS)
    unknown = [name for name in chosen if name not in KERNELS]
    if unknown:
        parser.error(f"no such kernel: {', '.join(unknown)}; there are {', '.join(KERNELS)}")
    print(f"seed {seed}, {args.threads} threads, {len(chosen)} kernels", flush=True)
    end = time.monotonic() + args.seconds
    rounds = 0
    while rounds == 0 or time.monotonic() < end:
        for name in chosen:
            faulthandler.dump_traceback_later(DEADLOCK, exit=True)
            try:
                KERNELS[name](args.threads)
            except BaseException:
                print(f"{name} failed in round {rounds} with seed {seed}", flush=True)
                raise
        rounds += 1
    faulthandler.cancel_dump_traceback_later()
    left = threading.active_count()
    assert left == 1, threading.enumerate()
    print(f"{rounds} rounds, {operations} operations with exact totals, 0 failures", flush=True)


if __name__ == "__main__":
    main()

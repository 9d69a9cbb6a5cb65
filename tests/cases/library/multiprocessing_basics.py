# Processes, pools, queues, locks and shared memory; the native semaphore's messages.
import _multiprocessing as native, multiprocessing as mp, threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory
def t(f, *a):
    try: print(f(*a))
    except BaseException as e: print(type(e).__name__, e)
def square(x): return x * x
def fails(x): raise ValueError(x)
def count(lock, done):
    for _ in range(100):
        with lock: pass
    done.release()
def fill(name): block = shared_memory.SharedMemory(name=name); block.buf[:5] = b'child'; block.close()
if __name__ == '__main__':
    print(native.flags, native.SemLock.SEM_VALUE_MAX)
    for a in (), (5, 1, 1, '/x', False), (0, 1, 1, 3, 1), (0, 1, 1), ('a', 1, 1, 'x', 1): t(native.SemLock, *a)
    s = native.SemLock(0, 1, 1, '/orochi-case-1', True); print(s.name, s.kind, s.maxvalue, type(s.handle).__name__)
    for f in s.release, lambda: s.acquire(1, 'x'), s.acquire, lambda: s.acquire(True, 0), s._count, s._is_mine, s._get_value, s._is_zero, s.release, s.release, s.release: t(f)
    def other(): t(s.acquire, False); t(s.acquire, True, 0.01); t(s.release)
    s.acquire(); w = threading.Thread(target=other); w.start(); w.join(); s._after_fork(); t(s._count); t(s.release)
    s = native.SemLock(1, 1, 2, '/orochi-case-2', True); t(s.release); t(s.release); t(s.acquire); t(s.acquire); t(s.acquire, False); t(s._get_value)
    for f in lambda: native.sem_unlink('/nope'), lambda: native.sem_unlink(1), lambda: native.SemLock(1, 1, 1, 'no/slash', True), lambda: native.SemLock(1, -1, 1, '/neg', True), lambda: setattr(s, 'kind', 1), lambda: native.SemLock._rebuild(1, 1, 1, '/none'): t(f)
    for method in 'fork', 'spawn', 'forkserver':
        context = mp.get_context(method)
        with context.Pool(2) as pool: print(method, pool.map(square, range(5))); t(pool.apply, fails, (1,))
        with ProcessPoolExecutor(2, mp_context=context) as pool: print(list(pool.map(square, range(5)))); t(pool.submit(fails, 2).result)
        lock, done = context.Lock(), context.Semaphore(0)
        ps = [context.Process(target=count, args=(lock, done)) for _ in range(3)]
        for p in ps: p.start()
        for p in ps: p.join()
        print(done.get_value(), [p.exitcode for p in ps])
        q = context.Queue(); p = context.Process(target=q.put, args=('through a queue',)); p.start(); print(q.get()); p.join()
        a, b = context.Pipe(); p = context.Process(target=b.send, args=({'a': 1},)); p.start(); print(a.recv()); p.join()
        block = shared_memory.SharedMemory(create=True, size=10); p = context.Process(target=fill, args=(block.name,)); p.start(); p.join()
        print(bytes(block.buf[:5])); block.close(); block.unlink()
    t(shared_memory.SharedMemory, 'no-such-block')

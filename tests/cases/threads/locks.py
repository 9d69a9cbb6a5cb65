# Lock, RLock, Condition, Semaphore, Barrier: semantics, time-outs and messages.
import threading, time
def err(f, *a, **k):
    try: print(f(*a, **k))
    except BaseException as e: print(type(e).__name__ + ':', e)
l = threading.Lock(); print(l.acquire(), l.locked(), l.acquire(False), l.acquire(timeout=0.01), l.release(), l.locked()); err(l.release); err(l.acquire, False, 1); err(l.acquire, timeout=-5); err(l.acquire, timeout=1e100); err(l.acquire, 'x', 'y'); l.release() if l.locked() else None; print(repr(l).split(' at ')[0], type(l).__name__)
r = threading.RLock(); print(r.acquire(), r.acquire(), r._is_owned(), repr(r).split(' at ')[0].split(' owner')[0], r.release(), r.release()); err(r.release)
res = []
def other(): res.append(r.acquire(False)); 
with r:
    t = threading.Thread(target=other); t.start(); t.join()
    def bad():
        try: r.release()
        except RuntimeError as e: res.append(str(e))
    t = threading.Thread(target=bad); t.start(); t.join()
print(res)
c = threading.Condition(); items = []; got = []
def consumer():
    with c:
        while len(got) < 5:
            c.wait_for(lambda: items)
            got.append(items.pop(0)); c.notify()
t = threading.Thread(target=consumer); t.start()
for i in range(5):
    with c: items.append(i); c.notify()
t.join(); print(got); err(c.wait); err(c.notify); print(c.acquire(), c.wait(0.01), c.wait_for(lambda: False, 0.01), c.wait_for(lambda: 'x'), c.release())
s = threading.Semaphore(2); print(s.acquire(), s.acquire(), s.acquire(False), s.acquire(timeout=0.01), s.release(2), s.acquire(False)); b = threading.BoundedSemaphore(1); err(b.release); err(threading.Semaphore, -1); err(s.release, 0)
bar = threading.Barrier(3, action=lambda: res.append('action')); idx = []
ts = [threading.Thread(target=lambda: idx.append(bar.wait())) for _ in range(3)]; [x.start() for x in ts]; [x.join() for x in ts]; print(sorted(idx), res[-1], bar.parties, bar.n_waiting, bar.broken); bar.abort(); err(bar.wait); bar.reset(); err(bar.wait, 0.01); print(bar.broken)
import queue
q = queue.Queue(2); q.put(1); q.put(2); err(q.put_nowait, 3); print(q.full(), q.qsize(), q.get(), q.get()); err(q.get_nowait); err(q.get, timeout=0.01); q.task_done(); q.task_done(); err(q.task_done); q.join(); p = queue.PriorityQueue(); [p.put(v) for v in (3, 1, 2)]; print([p.get() for _ in range(3)]); st = queue.LifoQueue(); st.put(1); st.put(2); print(st.get()); sq = queue.SimpleQueue(); sq.put('s'); print(sq.get(), sq.empty()); q.put(1); q.shutdown(); err(q.put, 1); print(q.get()); err(q.get)
order = []
def holder():
    with l: ev.set(); time.sleep(0.05); order.append('holder')
ev = threading.Event(); t = threading.Thread(target=holder); t.start(); ev.wait()
with l: order.append('main')
t.join(); print(order)

# What a program must not do with threads: the exception, and nothing hangs.
import _thread, asyncio, collections, contextvars, queue, sys, threading
def t(f, *a, **k):
    try: print(f(*a, **k))
    except BaseException as e: print(type(e).__name__ + ':', e)
def aside(f, *a, **k):
    w = threading.Thread(target=t, args=(f, *a), kwargs=k); w.start(); w.join()
# Locks that nobody has, or somebody else.
for lock in threading.Lock(), threading.RLock(), threading.Condition(), threading.Condition(threading.Lock()):
    t(lock.release); aside(lock.release); t(lock.__exit__, None, None, None)
lock = threading.Lock(); lock.acquire(); aside(lock.release); t(lock.release)
lock = threading.RLock(); lock.acquire(); aside(lock.release); aside(lock._release_save); t(lambda: lock._release_save()[0]); t(lock.release)
lock.acquire(); aside(lock.__exit__, None, None, None); print(lock._is_owned(), lock._recursion_count()); lock.release()
for make in threading.Semaphore, threading.BoundedSemaphore: t(make, -1); t(make().release, -1); t(make().acquire, False, 1)
t(threading.Condition().notify_all); t(threading.Condition, 5); t(threading.Barrier, 0); t(threading.Barrier, -1); t(threading.Barrier, 'a')
# Threads that join themselves, that have not begun, or that begin twice.
w = threading.Thread(target=print, args=('ran',))
t(w.join); print(w.ident, w.is_alive()); w.start(); w.join(); t(w.start); t(w.join); t(w.join, -1); t(w.join, 'a')
aside(lambda: threading.current_thread().join()); aside(lambda: threading.current_thread().join(0)); t(threading.current_thread().join); t(threading.main_thread().start)
w = threading.Thread(target=lambda: t(setattr, w, 'daemon', True)); w.start(); w.join()
t(threading.Thread, 1); t(threading.Thread, target=5, args=5); t(threading.Thread, None, None, 'n', (), None, bad=1)
class Sub(threading.Thread):
    def __init__(self): pass
s = Sub(); t(s.start); t(s.join); t(s.is_alive); t(repr, s); t(lambda: s.name)
t(_thread.start_new_thread); t(_thread.start_new_thread, 1, ()); t(_thread.start_new_thread, print, 1); t(_thread.start_new_thread, print, (), 1)
t(_thread.start_joinable_thread, 1); t(_thread.start_joinable_thread, print, daemon='x', handle=1)
t(threading.stack_size, -1); t(threading.stack_size, 'a'); t(threading.excepthook); t(threading.excepthook, 1); t(threading.ExceptHookArgs, 1)
handles = []
def self_join(): t(handles[0].join)
ready = threading.Event(); handles.append(_thread.start_joinable_thread(lambda: (ready.wait(), self_join()))); ready.set(); handles[0].join()
# Two threads that join each other.
def each(n): start.wait(); seen[n] = attempt(threads[1 - n].join, 0.05)
def attempt(f, *a):
    try: return f(*a)
    except RuntimeError as e: return str(e)
start, seen = threading.Barrier(2), [0, 0]; threads = [threading.Thread(target=each, args=(n,)) for n in (0, 1)]
for w in threads: w.start()
for w in threads: w.join()
print(seen)
# Generators, coroutines and contexts that another thread is in.
inside, go = threading.Event(), threading.Event()
def busy(): inside.set(); go.wait(); yield 1
g = busy(); w = threading.Thread(target=lambda: (next(g), t(next, g))); w.start(); inside.wait()
t(next, g); t(g.send, None); t(g.throw, ValueError('x')); t(g.close); print(g.gi_running); go.set(); w.join(); print(g.gi_running)
inside.clear(); go.clear()
async def coroutine(): inside.set(); go.wait()
c = coroutine(); w = threading.Thread(target=t, args=(c.send, None)); w.start(); inside.wait()
t(c.send, None); t(c.throw, ValueError('x')); t(c.close); go.set(); w.join(); t(c.send, None)
inside.clear(); go.clear()
context = contextvars.copy_context(); w = threading.Thread(target=context.run, args=(lambda: (inside.set(), go.wait()),)); w.start(); inside.wait()
try: context.run(print, 'entered')
except RuntimeError as e: print(str(e).split(':')[0])
go.set(); w.join(); context.run(print, 'entered')
# Containers that another thread changes during an iteration.
def change(f): w = threading.Thread(target=f); w.start(); w.join()
d = dict.fromkeys(range(4)); o = collections.OrderedDict(d); q = collections.deque(range(4)); s = set(range(4)); dd = collections.defaultdict(int, d)
for make, f in (d.__iter__, lambda: d.update(x=1)), (d.items().__iter__, d.clear), (d.__reversed__, lambda: d.update(y=1)), (o.__iter__, lambda: o.pop(2)), (q.__iter__, q.pop), (q.__reversed__, lambda: q.append(1)), (s.__iter__, lambda: s.add(9)), (dd.values().__iter__, lambda: dd[77]):
    d.update(a=1, b=2); it = make(); next(it); change(f); t(list, it); t(list, it)
l = [1, 2, 3]; it = iter(l); next(it); change(l.clear); print(list(it)); change(lambda: l.extend(range(5))); print(list(it))
def emptied(x): change(l.clear); return x
l = [3, 1, 2]; t(l.sort, key=emptied)
b = bytearray(b'abc'); v = memoryview(b); aside(b.append, 1); v.release(); aside(b.append, 1)
local = threading.local(); local.x = 1; aside(lambda: local.x); aside(lambda: vars(local)); t(threading.local, 1)
q = queue.SimpleQueue(); aside(q.get, timeout=-1); aside(q.get, False); t(q.put); t(queue.Queue().task_done)

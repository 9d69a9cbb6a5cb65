# Thread handles, stack sizes, names of native threads, and what locks say of wrong arguments.
import _thread, threading, warnings
def t(f, *a, **k):
    try: print(f(*a, **k))
    except Exception as e: print(type(e).__name__, e)
h = _thread._ThreadHandle()
print(h, h.ident, h.is_done()); t(h._set_done); t(h.join)
print(_thread.start_joinable_thread(lambda: None, handle=h) is h); t(h.join); t(h.join, 'a')
t(_thread.start_joinable_thread, lambda: None, handle=h); print(h.is_done(), h.ident != 0)
t(_thread._make_thread_handle, 'a'); t(_thread._make_thread_handle, -1)
t(_thread.stack_size, 4096); t(_thread.stack_size, 262144); t(_thread.stack_size); t(_thread.stack_size, 1 << 70)
warnings.simplefilter('always')
with warnings.catch_warnings(record=True) as seen:
    for args, kw in (((), {}), ((1,), {}), ((), {'a': 1})): print(type(threading.RLock(*args, **kw)).__name__)
print([str(w.message) for w in seen])
for lock in threading.RLock(), threading.Lock():
    for args in (False, 1), (True, -2), (True, 1e100), (True, float('nan')), (True, None): t(lock.acquire, *args)
    t(lock.release); t(lock.acquire, False); t(lock.release)
r = threading.RLock(); t(r._acquire_restore, (1, 2, 3)); t(r._acquire_restore, 1); t(_thread.lock, 1)
names = []
for name in 'short', 'embedded\0null', 'x' * 14 + 'é€', 'a name longer than that':
    w = threading.Thread(target=lambda: names.append(_thread._get_name()), name=name); w.start(); w.join()
print([ascii(n) for n in names], _thread._NAME_MAXLEN)
seen = []
def watched(): seen.append(threading.gettrace is not None); a.set(); b.wait(); seen.append(__import__('sys').gettrace() is tracer)
def tracer(*args): return None
a, b = threading.Event(), threading.Event()
w = threading.Thread(target=watched); w.start(); a.wait()
threading.settrace_all_threads(tracer); b.set(); w.join(); threading.settrace_all_threads(None); print(seen)

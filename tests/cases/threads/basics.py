# Thread objects: names, daemon, join, is_alive, errors, results through shared lists.
import threading, _thread
out = []
t = threading.Thread(target=lambda a, k=0: out.append((a, k)), args=(1,), kwargs={'k': 2}, name='worker'); print(t.name, t.daemon, t.is_alive(), t.ident, repr(t)); t.start(); t.join(); print(out, t.is_alive(), t.ident is not None, t.native_id is not None, repr(t).split(',')[0])
def err(f, *a, **k):
    try: print(f(*a, **k))
    except BaseException as e: print(type(e).__name__ + ':', e)
err(t.start); err(threading.Thread().join); err(threading.current_thread().join); err(threading.Thread, 5); err(threading.Thread, target=print, nope=1); err(setattr, t, 'daemon', True); print(threading.main_thread() is threading.current_thread(), threading.main_thread().name, threading.active_count(), threading.current_thread().ident == threading.get_ident() == _thread.get_ident())
class T(threading.Thread):
    def run(self): self.result = sum(range(1000))
ts = [T() for _ in range(4)]; [x.start() for x in ts]; [x.join() for x in ts]; print([x.result for x in ts], threading.active_count())
n = 0; lock = threading.Lock()
def add():
    global n
    for _ in range(2000):
        with lock: n += 1
ts = [threading.Thread(target=add) for _ in range(4)]; [x.start() for x in ts]; [x.join() for x in ts]; print(n)
l = []; ts = [threading.Thread(target=lambda: [l.append(i) for i in range(1000)]) for _ in range(4)]; [x.start() for x in ts]; [x.join() for x in ts]; print(len(l), sum(l) == 4 * sum(range(1000)), all(l.count(v) == 4 for v in (0, 500, 999)))
d = {}; ts = [threading.Thread(target=lambda k: [d.setdefault((k, i), i) for i in range(500)], args=(k,)) for k in range(4)]; [x.start() for x in ts]; [x.join() for x in ts]; print(len(d), sum(d.values()))
loc = threading.local(); loc.v = 'main'; seen = []
def tl():
    seen.append(hasattr(loc, 'v')); loc.v = 'thread'; seen.append(loc.v)
x = threading.Thread(target=tl); x.start(); x.join(); print(seen, loc.v); err(lambda: loc.zz)
class L(threading.local):
    def __init__(self, v): self.v = v
ml = L([]); ids = set(); x = threading.Thread(target=lambda: ids.add(id(ml.__dict__))); x.start(); x.join(); print(len(ids), id(ml.__dict__) in ids)
tm = threading.Timer(0.01, out.append, ('timer',)); tm.start(); tm.join(); print(out[-1]); tm = threading.Timer(10, print); tm.start(); tm.cancel(); tm.join(); print('cancelled')
print(threading.stack_size(), threading.TIMEOUT_MAX > 1e6, threading.get_native_id() > 0); err(threading.stack_size, 5); err(_thread.start_new_thread, 5, ()); err(_thread.start_new_thread, print, 5); err(threading.Thread(target=print, args=5).start) if 0 else None
ex = []; threading.excepthook = lambda a: ex.append((a.exc_type.__name__, str(a.exc_value), a.thread.name)); x = threading.Thread(target=lambda: 1 / 0, name='failing'); x.start(); x.join(); print(ex)
e = threading.Event(); x = threading.Thread(target=lambda: (e.wait(), out.append('event'))); x.start(); print(x.is_alive()); e.set(); x.join(); print(out[-1], e.is_set(), e.wait(0), repr(e).split(': ')[-1]); e.clear(); print(e.wait(0.01))
import sys; print(sys.getswitchinterval()); sys.setswitchinterval(0.001); print(sys.getswitchinterval()); err(sys.setswitchinterval, 0); err(sys.setswitchinterval, 'x')

# A generator entered by a second thread raises; shared iterators never lose the interpreter.
import threading
start, go = threading.Event(), threading.Event()
def g():
    start.set(); go.wait(); yield 1
gen = g(); out = []
t = threading.Thread(target=lambda: out.append(next(gen))); t.start(); start.wait()
try: next(gen)
except ValueError as e: print(e)
go.set(); t.join(); print(out)
it = iter(range(10000)); got = []; lock = threading.Lock()
def drain(src):
    mine = []
    for v in src: mine.append(v)
    with lock: got.append(mine)
ts = [threading.Thread(target=drain, args=(it,)) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]
allv = [v for m in got for v in m]; print(len(set(allv)) > 0, max(allv) == 9999, all(m == sorted(m) for m in got))
shared = list(range(1000)); li = iter(shared); got.clear(); ts = [threading.Thread(target=drain, args=(li,)) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]; print(max(v for m in got for v in m))
d = {i: i for i in range(100)}; errs = []
def reader():
    for _ in range(200):
        try:
            for k in d: d[k]
        except (RuntimeError, KeyError) as e: errs.append(type(e).__name__)
def writer():
    for i in range(2000): d[i] = i; d.pop(i - 50, None)
ts = [threading.Thread(target=reader) for _ in range(2)] + [threading.Thread(target=writer)]; [t.start() for t in ts]; [t.join() for t in ts]; print(set(errs) <= {'RuntimeError', 'KeyError'})
l = []
def app():
    for i in range(3000): l.append(i)
def pop():
    n = 0
    while n < 3000:
        try: l.pop(); n += 1
        except IndexError: pass
ts = [threading.Thread(target=app) for _ in range(2)] + [threading.Thread(target=pop) for _ in range(2)]; [t.start() for t in ts]; [t.join() for t in ts]; print(l)
class C: v = 0
c = C()
def attrs(n):
    for i in range(2000): setattr(c, f'a{i % 20}_{n}', i); c.v; getattr(c, f'a{i % 20}_{n}')
ts = [threading.Thread(target=attrs, args=(n,)) for n in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]; print(len(vars(c)), c.a19_3)
import itertools; cnt = itertools.count(); ids = []; ts = [threading.Thread(target=lambda: ids.extend([next(cnt) for _ in range(1000)])) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]; print(len(ids), max(ids) <= 3999)
s = set(); ts = [threading.Thread(target=lambda b: [s.add(i) for i in range(b, b + 1000)], args=(b,)) for b in (0, 500, 1000)]; [t.start() for t in ts]; [t.join() for t in ts]; print(len(s))

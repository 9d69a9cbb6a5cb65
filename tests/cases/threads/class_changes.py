# Threads that call methods while another thread replaces them see old or new, nothing else.
import threading
class C:
    def m(self): return 0
stop = threading.Event(); seen = set()
def caller():
    c = C()
    while not stop.is_set(): seen.add(c.m())
def changer():
    for i in range(1, 300):
        C.m = lambda self, i=i: i
ts = [threading.Thread(target=caller) for _ in range(2)]; [t.start() for t in ts]; changer(); stop.set(); [t.join() for t in ts]
print(seen <= set(range(300)), C().m())
class Base: x = 'base'
class D(Base): pass
stop.clear(); vals = set()
def reader():
    d = D()
    while not stop.is_set(): vals.add(d.x)
ts = [threading.Thread(target=reader) for _ in range(2)]; [t.start() for t in ts]
for i in range(200): D.x = 'derived'; del D.x
stop.set(); [t.join() for t in ts]; print(vals <= {'base', 'derived'}, D().x)
import functools
@functools.lru_cache(None)
def slow(n): return n * 2
res = []; ts = [threading.Thread(target=lambda: res.append([slow(i) for i in range(500)])) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]; print(all(r == res[0] for r in res), slow.cache_info().currsize)
made = []
def make():
    for i in range(50): made.append(type(f'T{i}', (Base,), {'i': i})().x)
ts = [threading.Thread(target=make) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]; print(len(made), set(made))
def imports():
    import json, csv, textwrap, shlex; ok.append(json.loads('[1]'))
ok = []; ts = [threading.Thread(target=imports) for _ in range(8)]; [t.start() for t in ts]; [t.join() for t in ts]; print(ok == [[1]] * 8)

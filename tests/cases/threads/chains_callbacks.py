# Chains of a million objects that one thread makes and another drops; callbacks that raise while the collector works.
import gc, sys, threading, weakref
def aside(f, *a):
    out = []; w = threading.Thread(target=lambda: out.append(f(*a))); w.start(); w.join(); return out[0]
class Node:
    __slots__ = 'next', '__weakref__'
    def __init__(self, next): self.next = next
class Plain:
    def __init__(self, next): self.next = next
def closure(inner): return lambda: inner
def generator(inner):
    def g(): keep = inner; yield keep
    g = g(); next(g); return g
def error(inner): e = ValueError(); e.__context__ = inner; return e
makers = [Node, Plain, lambda x: [x], lambda x: (x,), lambda x: {1: x}, closure, lambda x: iter([x]), lambda x: [x].append, lambda x: property(x), error]
def chain(make, n=60_000):
    at = None
    for _ in range(n): at = make(at)
    return at
for make in makers:
    head = [aside(chain, make)]; head.clear()
    head = [chain(make)]; aside(head.clear)
at = chain(Node, 1_000_000); last = weakref.ref(at); del at; print(last() is None)
chain(generator, 20_000); gc.collect()
cycle = [None]; cycle[0] = chain(Node); cycle.append(cycle); del cycle; aside(gc.collect)
ring = chain(Plain); ring.more = ring; del ring; aside(gc.collect); print('chains')
seen = []; lock = threading.Lock()
def unraisable(u):
    with lock: seen.append((type(u.exc_value).__name__, str(u.exc_value)))
sys.unraisablehook = unraisable
stop = threading.Event()
def churn():
    while not stop.is_set(): x = [Plain(None) for _ in range(50)]; x.append(x)
workers = [threading.Thread(target=churn) for _ in range(3)]
gc.disable()
for w in workers: w.start()
def bad(phase, info): raise KeyError(phase)
gc.callbacks.append(bad); gc.collect(); gc.callbacks.remove(bad); print(sorted(set(seen))); seen.clear()
class Final:
    def __init__(self): self.me = self
    def __del__(self): raise ZeroDivisionError('del')
def callback(r): raise IndexError('weak')
for _ in range(3): Final()
trash = [Plain(None), None]; trash[1] = trash; refs = [weakref.ref(trash[0], callback) for _ in range(2)]; del trash
gc.collect(); print(sorted(seen)); seen.clear()
class Again:
    def __init__(self): self.me = self
    def __del__(self): gc.collect(); threading.Thread(target=gc.collect).start(); kept.append(self); raise OSError('again')
kept = []; Again(); gc.collect(); print(len(kept), kept[0].me is kept[0], seen); seen.clear(); kept.clear(); gc.collect(); print(seen)
def tracer(*a): raise ValueError('traced')
def traced():
    threading.settrace_all_threads(None); sys.setprofile(None)
threading.setprofile_all_threads(lambda *a: None); threading.setprofile_all_threads(None)
def worker():
    sys.settrace(tracer)
    try: Plain(None); print('nothing')
    except ValueError as e: print(e, sys.gettrace())
aside(worker)
frames = sys._current_frames(); print(len(frames) >= 4, threading.get_ident() in frames); del frames
stop.set()
for w in workers: w.join()
print(sys._current_exceptions()[threading.get_ident()])

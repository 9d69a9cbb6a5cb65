# sys.getrefcount of ordinary objects, and what holds a reference.
import sys
class C: pass
c = C()
base = sys.getrefcount(c)
a = c; print(sys.getrefcount(c) - base); l = [c, c]; print(sys.getrefcount(c) - base); d = {'k': c}; t = (c,); print(sys.getrefcount(c) - base); del a, l, d, t; print(sys.getrefcount(c) - base)
def hold(x): return sys.getrefcount(x)
print(hold(c) >= base); m = c.__class__; print(sys.getrefcount(c) - base); c.self = c; print(sys.getrefcount(c) - base); del c.self
def gen(x): yield x; yield
g = gen(c); next(g); print(sys.getrefcount(c) - base); del g; print(sys.getrefcount(c) - base); f = lambda v=c: v; print(sys.getrefcount(c) - base); del f
try: raise ValueError(c)
except ValueError as e: print(sys.getrefcount(c) - base)
print(sys.getrefcount(c) - base, sys.getrefcount(None) > 1000, sys.getrefcount(1) > 1000)
def closure():
    def inner(): return c2
    c2 = C(); n = sys.getrefcount(c2); return n, inner
print(closure()[0] >= 1); o = [C() for _ in range(3)]; print([sys.getrefcount(v) for v in o] == [sys.getrefcount(o[0])] * 3 or 'loop var holds one more'); it = iter([c]); print(sys.getrefcount(c) - base); next(it); list(it); print(sys.getrefcount(c) - base); s = {c}; z = zip([c], [c]); print(sys.getrefcount(c) - base); del s, z; print(sys.getrefcount(c) - base)
try: sys.getrefcount()
except TypeError as e: print(e)

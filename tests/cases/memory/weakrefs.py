# weakref.ref, proxies, callbacks, WeakValueDictionary, WeakKeyDictionary, WeakSet, finalize.
import weakref, gc
class C:
    def __init__(self, n=0): self.n = n
    def m(self): return 'm', self.n
    def __del__(self): log.append(f'del {self.n}')
    def __eq__(self, o): return isinstance(o, C) and self.n == o.n
    def __hash__(self): return hash(self.n)
log = []
c = C(1); r = weakref.ref(c, lambda r: log.append(('cb', r() is None))); r2 = weakref.ref(c); print(r() is c, r == r2, r is not r2, weakref.ref(c) is r2, weakref.getweakrefcount(c), len(weakref.getweakrefs(c)), hash(r) == hash(c), repr(r).split(' at ')[0]); del c; print(log, r(), r == r2, r == r, repr(r).split('; ')[1]); log.clear()
def err(f, *a):
    try: print(f(*a))
    except Exception as e: print(type(e).__name__ + ':', e)
err(weakref.ref, 5); err(weakref.ref, 'a'); err(weakref.ref, (1,)); err(weakref.ref, None); err(weakref.ref, []); err(weakref.ref, {}); err(lambda: weakref.ref(int)()); err(lambda: weakref.ref(len)() is len); err(hash, r2); err(weakref.ref); c = C(2); p = weakref.proxy(c); print(p.n, p.m(), p == c, type(p).__name__, isinstance(p, C)); p.n = 5; print(c.n); err(hash, p); del c; err(lambda: p.n); err(lambda: p.m); err(bool, p); log.clear()
c = C(3); cbs = [weakref.ref(c, lambda r, i=i: log.append(i)) for i in range(3)]; del c; print(log); log.clear()
w = weakref.WeakValueDictionary(); a = C('a'); w['k'] = a; print('k' in w, w['k'] is a, len(w), list(w.items()) == [('k', a)]); del a; print('k' in w, len(w), w.get('k')); err(lambda: w['k']); k = C('key'); wk = weakref.WeakKeyDictionary(); wk[k] = 1; print(wk[C('key')], len(wk)); del k; print(len(wk)); s = weakref.WeakSet(); e = C('e'); s.add(e); print(e in s, len(s), C('e') in s); del e; print(len(s)); log.clear()
c = C('fin'); f = weakref.finalize(c, lambda *a, **k: log.append(('fin', a, k)), 1, z=2); print(f.alive, f.peek()[2:]); del c; print(log, f.alive, f()); log.clear(); c = C(); f = weakref.finalize(c, print, 'called'); f(); print(f.detach(), f.alive)
c = C('wm'); wm = weakref.WeakMethod(c.m); print(wm()()); del c; print(wm()); log.clear()
a, b = C('x'), C('y'); a.o, b.o = b, a; ra = weakref.ref(a, lambda r: log.append('cb a')); del a, b; print(ra() is not None, log); gc.collect(); print(ra(), sorted(log)); log.clear()
class Sub(weakref.ref):
    def __init__(self, o, cb=None): super().__init__(o, cb); self.extra = 1
c = C(9); sr = Sub(c); print(sr().n, sr.extra, type(sr).__name__); f = lambda: 1; print(weakref.ref(f)() is f); g = (i for i in ()); print(weakref.ref(g)() is g); bm = weakref.ref(c.m); print(bm()); class_ = type('X', (), {}); rc = weakref.ref(class_); del class_; gc.collect(); print(rc()); log.clear()
def cb_raises(): pass
seen = []
class Order:
    def __del__(self): seen.append(('del sees', ro() is None))
o = Order(); ro = weakref.ref(o, lambda r: seen.append('callback')); del o; print(seen); c2 = C(10); d = {weakref.ref(c2): 'v'}; print(d[weakref.ref(c2)])

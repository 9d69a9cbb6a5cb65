# Objects revived in __del__, finalizers once, __del__ on subclasses, exceptions and order in inheritance.
import gc
kept = []
class R:
    def __del__(self): print('del R'); kept.append(self)
r = R(); del r; print(len(kept)); kept.clear(); print('second drop is silent'); gc.collect()
class A:
    def __del__(self): print('A del')
class B(A):
    def __del__(self): print('B del'); super().__del__()
B(); b = B(); b.__del__(); print('manual'); del b
class Cyc:
    def __init__(self, n): self.n, self.me = n, self
    def __del__(self): print('cycle del', self.n)
Cyc(1); print('not yet'); print(gc.collect() > 0)
class Res:
    def __init__(self): self.me = self
    def __del__(self): kept.append(self); print('res del')
Res(); gc.collect(); print(len(kept), kept[0].me is kept[0]); kept.clear(); gc.collect(); print('once only')
class New:
    def __del__(self): print('New', type(self).__name__); self.x = 1; print(self.x)
New(); class_ = type('Dyn', (), {'__del__': lambda s: print('dyn del')}); class_(); o = class_(); del class_.__del__; del o; print('no del'); class_.__del__ = lambda s: print('added later'); class_()
class Inst: pass
i = Inst(); i.__del__ = lambda: print('never'); del i; print('instance attribute ignored')
order = []
class Pair(Cyc):
    def __del__(self): order.append(self.n)
a, b = Pair('a'), Pair('b'); a.o, b.o = b, a; a.me = b.me = None; del a, b; print(gc.collect() >= 2, sorted(order))
def frame_cycle():
    try: 1 / 0
    except ZeroDivisionError as e: saved = e
    d = New()
frame_cycle(); print('before gc'); gc.collect(); l = []; l.append(l); l.append(New()); del l; print('list cycle'); gc.collect()
gc.disable(); print(gc.isenabled()); gc.enable(); print(gc.isenabled(), gc.is_tracked([]), len(gc.get_threshold()), gc.garbage, len(gc.get_count()), len(gc.get_stats()) > 0); x = [1]; y = [x]; print(y in gc.get_referrers(x), gc.get_referents(y) == [x]); cb = []; gc.callbacks.append(lambda ph, info: cb.append(ph)); gc.collect(); print(cb); gc.callbacks.clear(); print(gc.collect(), gc.is_finalized(x)); gc.freeze(); print(gc.get_freeze_count() >= 0); gc.unfreeze()
try: gc.collect(5)
except ValueError as e: print(e)
class Slow:
    def __del__(self): inner = [New()]; print('slow')
Slow(); print('end')

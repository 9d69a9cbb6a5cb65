# Name resolution through instance, class and metaclass; changing classes while instances live.
class C:
    def m(self): return 'm1'
c = C()
bound = c.m
C.m = lambda self: 'm2'
print(c.m(), bound())
c.m = lambda: 'inst'
print(c.m()); del c.m; print(c.m())
del C.m
try:
    c.m()
except AttributeError as e:
    print(e)
C.__getattr__ = lambda self, n: 'dyn ' + n
print(c.anything); del C.__getattr__
C.x = property(lambda self: 'prop')
c.__dict__['x'] = 'dict'
print(c.x); C.x = 5; print(c.x); del C.x; print(c.x)
def loop():
    out = []
    class K: v = 1
    k = K()
    for i in range(5):
        out.append(k.v)
        if i == 1: K.v = 2
        if i == 2: k.v = 3
        if i == 3: del k.v
    return out
print(loop())
def global_cache():
    out = []
    for i in range(4):
        out.append(len('abc'))
        if i == 1: globals()['len'] = lambda s: 'shadowed'
        if i == 2: del globals()['len']
    return out
print(global_cache())
import builtins
def builtin_cache():
    out = []
    for i in range(4):
        out.append(abs(-3))
        if i == 1: builtins.abs = lambda v: 'patched'
        if i == 2: builtins.abs = orig
    return out
orig = abs
print(builtin_cache())
class Base: v = 'base'
class Derived(Base): pass
def inherit():
    d = Derived(); out = []
    for i in range(5):
        out.append(d.v)
        if i == 0: Base.v = 'base2'
        if i == 1: Derived.v = 'derived'
        if i == 2: del Derived.v
        if i == 3: d.__dict__['v'] = 'own'
    return out
print(inherit())
def poly():
    class P1:
        def f(self): return 1
    class P2:
        f = staticmethod(lambda: 2)
    class P3:
        def __init__(self): self.f = lambda: 3
    class P4:
        def __getattr__(self, n): return lambda: 4
    return [o.f() for o in [P1(), P2(), P3(), P4()] * 3]
print(poly())
d = c.__dict__
d['added'] = 1; print(c.added); c.other = 2; print(sorted(d)); c.__dict__ = {'fresh': 1}; print(sorted(d), vars(c)); d.clear(); print(c.fresh)
class D2(dict):
    def __getitem__(self, k): return 'never'
c.__dict__ = D2(z=26); print(c.z)
for i in range(30): setattr(c, f'a{i}', i)
print(len(vars(c)), c.a29); [delattr(c, f'a{i}') for i in range(0, 30, 2)]; print(len(vars(c)), list(vars(c))[-1]); m = vars(C)
try:
    m['x'] = 1
except TypeError as e:
    print(e)
print(type(m).__name__, 'x' in m, C.__dict__ is C.__dict__)

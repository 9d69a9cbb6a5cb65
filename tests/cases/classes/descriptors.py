# Data and non-data descriptors, properties, __set_name__, classmethod and staticmethod.
class Data:
    def __set_name__(self, owner, name): print('set_name', owner.__name__, name); self.n = name
    def __get__(self, o, t=None): return f'get {self.n} {o is not None} {t.__name__}'
    def __set__(self, o, v): print('set', self.n, v)
    def __delete__(self, o): print('delete', self.n)
class NonData:
    def __get__(self, o, t=None): return 'nondata'
class C:
    d = Data()
    n = NonData()
c = C()
print(c.d, C.d, c.n, C.n); c.d = 5; del c.d; c.__dict__['d'] = 'x'; c.__dict__['n'] = 'inst'; print(c.d, c.n)
C.d = 'replaced'; print(c.d, C.d)
class P:
    def __init__(self): self._v = 1
    @property
    def v(self): "doc v"; return self._v
    @v.setter
    def v(self, x): self._v = x
    @v.deleter
    def v(self): print('deleted')
    ro = property(lambda self: 'ro', doc='read only')
    wo = property(None, lambda self, v: None)
    empty = property()
    @property
    def raises(self): return self.missing_attr
def err(f, *a):
    try:
        print(f(*a))
    except Exception as e:
        print(type(e).__name__ + ':', e)
p = P(); p.v = 10; print(p.v, P.v.__doc__, P.ro.__doc__, P.v.fget.__name__, P.v.__name__, type(P.v).__name__); del p.v; err(setattr, p, 'ro', 1); err(delattr, p, 'ro'); err(lambda: p.wo); err(lambda: p.empty); err(setattr, p, 'empty', 1); err(lambda: p.raises); err(delattr, p, 'wo'); err(P.v.__get__, None) if 0 else print(P.v.__get__(None, P) is P.v)
class Q(P):
    @P.v.getter
    def v(self): return 'Q.v'
    def __getattr__(self, n): return 'fallback ' + n
print(Q().v, Q().raises); q = Q(); q.v = 3; print(q._v)
class S:
    @staticmethod
    def s(a): return a
    @classmethod
    def k(cls, a): return cls.__name__, a
    plain = len
    lam = lambda self: 'bound'
class T(S): pass
print(S.s(1), S().s(2), S.k(3), T.k(4), T().k(5), S.plain([1]), S().plain([1, 2]), S().lam(), type(S.__dict__['s']).__name__, S.__dict__['s'](9), S.__dict__['s'].__func__(8), S.__dict__['k'].__wrapped__.__name__)
err(S.__dict__['k'], 1); err(classmethod(5).__get__(1)); err(lambda: staticmethod(5)()); err(property(5).__get__, 1)
class BadName:
    def __set_name__(self, o, n): raise ValueError('bad name')
try:
    class X: b = BadName()
except ValueError as e:
    print(e, e.__notes__)
class Lazy:
    def __init__(self, f): self.f = f
    def __get__(self, o, t):
        v = o.__dict__[self.f.__name__] = self.f(o); return v
class L:
    @Lazy
    def big(self): print('once'); return 7
l = L(); print(l.big, l.big)
class OnlySet:
    def __set__(self, o, v): o.__dict__['os'] = v * 2
class O: os = OnlySet()
o = O(); print(type(o.os).__name__); o.os = 4; print(o.os); err(delattr, o, 'os')
class NoSet:
    def __get__(self, o, t): return 1
    def __delete__(self, o): print('del')
class NS: a = NoSet()
err(setattr, NS(), 'a', 1); del NS().a

# Decorators on functions, methods and classes; wraps, caches, dispatch, arbitrary expressions.
import functools
def trace(f):
    @functools.wraps(f)
    def w(*a, **k):
        print('call', f.__name__, a, k)
        return f(*a, **k)
    return w
@trace
def add(a, b=1):
    "adds"
    return a + b
print(add(1, b=5), add.__name__, add.__doc__, add.__wrapped__(2), add.__qualname__)
@functools.lru_cache(maxsize=2)
def sq(n): print('computing', n); return n * n
print(sq(2), sq(2), sq(3), sq(4), sq(2), sq.cache_info()); sq.cache_clear(); print(sq.cache_info(), sq.cache_parameters())
@functools.cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(90))
@functools.singledispatch
def kind(v): return 'object'
@kind.register
def _(v: int): return 'int'
@kind.register(list)
@kind.register(tuple)
def _(v): return 'seq'
print(kind(1), kind(True), kind([]), kind(()), kind('s'), kind.dispatch(bool)(0))
buttons = [lambda f: lambda: 'b0 ' + f()]
@buttons[0]
@(lambda f: lambda: 'lam ' + f())
def g(): return 'g'
print(g())
class Counted:
    def __init__(self, f): self.f, self.n = f, 0
    def __call__(self, *a): self.n += 1; return self.f(*a)
    def __get__(self, obj, cls=None): return functools.partial(self, obj)
class T:
    @Counted
    def m(self, v): return v * 2
    @functools.cached_property
    def lazy(self): print('computing lazy'); return 42
    @functools.singledispatchmethod
    def d(self, v): return 'any'
    @d.register
    def _(self, v: str): return 'str'
    @property
    def p(self): return 'p'
    @p.setter
    def p(self, v): print('set', v)
    @functools.partialmethod
    def nope(self): pass
    half = functools.partialmethod(lambda self, a, b: (a, b), 'first')
t = T(); print(t.m(4), t.m(5), T.__dict__['m'].n, t.lazy, t.lazy, t.d(1), t.d('s'), t.p, t.half(9)); t.p = 3
def cls_deco(c): c.tag = c.__name__.lower(); return c
@cls_deco
class Tagged: pass
print(Tagged.tag)
@functools.total_ordering
class V:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
print(V(1) <= V(2), V(2) > V(1), V(1) >= V(1), functools.reduce(lambda a, b: a * b, range(1, 6)), functools.partial(int, base=2)('101'), functools.partial(print, 'x', sep='-'), sep=' ')
try:
    functools.reduce(max, [])
except TypeError as e:
    print(e)
p = functools.partial(lambda *a, **k: (a, k), 1, functools.Placeholder, 3, k=1); print(p(2, 4, j=5), p.args[0], p.keywords)

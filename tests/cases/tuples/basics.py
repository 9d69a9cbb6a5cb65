# Tuples: construction, comparison, hashing, immutability, subclasses, named tuples.
from collections import namedtuple
import typing
print((), (1,), 1, (1, 2) + (3,), (1, 2) * 2, 0 * (1,), tuple('ab'), tuple(), (1, 2)[::-1], (1, 2, 3)[1:], (1, [2]) == (1, [2]), (1, 2) < (1, 3), (1,) < (1, 0), hash((1, 2)) == hash((1.0, 2.0)), hash(()) == hash(()))
def err(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', e)
t = (1, 2)
err(lambda: t[2]); err(lambda: t['a']); err(lambda: t.__setitem__(0, 1)); err(hash, ([],)); err(t.index, 5); err(t.count, 1); err(lambda: t + [1]); err(lambda: t * 1.0); err(lambda: t < 5); err(tuple, 5); err(tuple, x=1); err(lambda: t.x)
def setit(): t[0] = 1
def delit(): del t[0]
err(setit); err(delit)
class T(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
    def __repr__(self): return 'T' + super().__repr__()
x = T(1, 2); print(x, x + (3,), type(x[:]).__name__, x == (1, 2), hash(x) == hash((1, 2)), tuple(x), type(tuple(x)).__name__); x.attr = 5; print(x.attr)
P = namedtuple('P', 'x y', defaults=[0]); p = P(1); print(p, p.x, p._asdict(), p._replace(y=5), P._fields, P._make([3, 4]), P(x=1, y=2) == (1, 2), p._field_defaults, P.__doc__, P.x.__doc__)
err(P); err(P, 1, 2, 3); err(P, 1, z=2); err(p._replace, q=1); err(namedtuple, 'A', 'a a'); err(namedtuple, 'A', 'def'); err(namedtuple, '1', 'a'); err(namedtuple, 'A', '_x'); err(setattr, p, 'x', 1); print(namedtuple('A', 'a def a', rename=True)._fields)
class N(typing.NamedTuple):
    a: int
    b: str = 'd'
    def m(self): return self.a * 2
print(N(1), N(1).m(), N.__annotations__, N._field_defaults, [*N(1, 'z')])
a, *b = N(3); print(a, b)
match p:
    case P(x, y): print('P', x, y)
print(divmod(7, 2), (1, 2, 3).index(2), (1, 2, 1).count(1), 1 in (1,), (*(), *[1]), ((1, 2), (3,)), (lambda *a: a)(*t), sorted([(2, 'a'), (1, 'z')]))
r = ([],); r[0].append(r); print(r)

# __slots__: layout, inheritance, conflicts, missing values, weak references, dicts.
import weakref
def err(f, *a):
    try:
        print(f(*a))
    except Exception as e:
        print(type(e).__name__ + ':', e)
class A:
    __slots__ = ('x', 'y')
    def __init__(self): self.x = 1
a = A(); print(a.x); err(lambda: a.y); err(setattr, a, 'z', 1); err(lambda: a.__dict__); err(delattr, a, 'y'); del a.x; err(lambda: a.x); err(weakref.ref, a); print(type(A.x).__name__, A.x.__name__, repr(A.x), A.__slots__)
a.x = 5; print(A.x.__get__(a), A.x.__get__(None, A) is A.x); A.x.__set__(a, 6); print(a.x); err(A.x.__get__, 5); err(A.x.__set__, 5, 1)
class B(A): pass
b = B(); b.z = 1; b.x = 2; print(b.z, b.__dict__, b.x, weakref.ref(b)() is b)
class C(A):
    __slots__ = ['w', '__dict__']
c = C(); c.q = 1; c.w = 2; print(c.__dict__, c.w, c.x)
class D(A):
    __slots__ = '__weakref__',
print(weakref.ref(d := D())() is d); err(setattr, d, 'nope', 1)
class One: __slots__ = 'single'
o = One(); o.single = 1; print(o.single)
class Map: __slots__ = {'a': 'doc of a', 'b': None}
print(Map.a.__doc__, Map.b.__doc__, Map.__slots__)
err(type, 'X', (), {'__slots__': ('a',), 'a': 1}); err(type, 'X', (), {'__slots__': ('1a',)}); err(type, 'X', (), {'__slots__': (1,)}); err(type, 'X', (), {'__slots__': 5}); err(type, 'X', (A, One), {}); err(type, 'X', (int,), {'__slots__': ('a',)}); err(type, 'X', (tuple,), {'__slots__': ('a',)}); err(type, 'X', (), {'__slots__': ('__dict__', '__dict__')}); err(type, 'X', (B,), {'__slots__': ('__dict__',)}); print(type('X', (list,), {'__slots__': ('a',)})([1]), type('X', (int,), {'__slots__': ()})(3)); err(setattr, type('X', (int,), {'__slots__': ()})(3), 'a', 1)
class Priv:
    __slots__ = ('__p',)
    def __init__(self): self.__p = 1
print(Priv()._Priv__p); err(setattr, Priv(), '__class__', A)
class E1: __slots__ = ('a', 'b')
class E2: __slots__ = ('a', 'b')
e = E1(); e.a = 1; e.__class__ = E2; print(type(e).__name__, e.a); err(setattr, e, '__class__', One); err(setattr, e, '__class__', B)
class Emp: __slots__ = ()
class Mix(Emp, One): __slots__ = ()
m = Mix(); m.single = 3; print(m.single); err(lambda: Emp().__dict__)
import copy, pickle
class Pk: __slots__ = ('a', 'b')
p = Pk(); p.a = 1; q = copy.copy(p); print(q.a, hasattr(q, 'b')); print(object.__getstate__(p), object.__reduce_ex__(p, 2)[2]); err(object.__reduce_ex__, p, 0)
import dataclasses
@dataclasses.dataclass(slots=True)
class DC: u: int; v: str = 'd'
print(DC(1), DC.__slots__); err(setattr, DC(1), 'zz', 1)

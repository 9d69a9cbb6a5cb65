# Class creation, attribute lookup, instance dicts, __init__/__new__, repr, messages.
def err(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', e)
class A:
    """Doc."""
    cls = 'class attr'
    def __new__(cls, *a, **k): print('new', a, k); return super().__new__(cls)
    def __init__(self, x=0): print('init', x); self.x = x
    def m(self): return self.x
a = A(5)
print(a.x, a.cls, A.m(a), a.__dict__, A.__doc__, A.__name__, A.__bases__, A.__mro__, A.__module__, A.__qualname__, type(a) is A, isinstance(a, object), sorted(k for k in A.__dict__), A.__firstlineno__, A.__static_attributes__)
a.cls = 'inst'; print(a.cls, A.cls); del a.cls; print(a.cls); err(delattr, a, 'cls'); err(lambda: a.nope); err(lambda: A.nope); err(A, 1, 2); err(A, y=1); err(object, 1); err(lambda: A.m()); err(lambda: a()); err(setattr, 1, 'x', 1); err(setattr, object(), 'x', 1); err(setattr, int, 'x', 1); err(delattr, int, 'real'); err(lambda: int.x); err(lambda: None.foo); err(lambda: [].lenght); err(lambda: (1).reel); err(setattr, [], 'a', 1); err(delattr, a, 'zz')
class NewReturns:
    def __new__(cls): return 5
    def __init__(self): print('never')
print(NewReturns())
class InitReturns:
    def __init__(self): return 5
err(InitReturns)
class NoNew:
    pass
err(NoNew, 1); err(NoNew, a=1); err(object.__new__, 5); err(object.__new__); err(object.__new__, int); err(int.__new__, str); err(object.__init__, NoNew(), 1); err(lambda: NoNew.__new__(NoNew, 1))
print(repr(A), repr(type(a)), str(A), repr(NoNew()).split(' object')[0], NoNew() == NoNew(), (n := NoNew()) == n, hash(n) == hash(n), n != n, bool(n))
def scope():
    class L: pass
    return L
print(scope(), scope().__qualname__, type('Dyn', (A,), {'z': 1}).z, type('Dyn', (), {}).__module__)
a.__class__ = type('B', (A,), {'m': lambda self: 'B.m'}); print(a.m(), type(a).__name__); err(setattr, a, '__class__', int); err(setattr, a, '__class__', 5); err(setattr, 1, '__class__', A); err(setattr, a, '__dict__', 5); a.__dict__ = {'q': 1}; print(a.q, hasattr(a, 'x'), vars(a))
class P:
    def __init__(self): self.__priv = 1; self._p = 2
    def get(self): return self.__priv
    __cls = 3
p = P(); print(p.get(), sorted(vars(p)), p._P__priv, P._P__cls, hasattr(p, '__priv'))
class _U:
    __x = 1
print(_U._U__x); err(type, 'X', (int, str), {}); err(type, 'X', (bool,), {}); err(type, 'X', (A, A), {}); err(type, 'X', (object, A), {}); err(type, 'X', (5,), {}); err(lambda: type('X', (type(None),), {})); err(type, 'a\0b', (), {}); err(setattr, A, '__name__', 5); err(setattr, A, '__bases__', ()); err(delattr, A, '__name__'); err(setattr, A, '__module__', 'mod'); print(A); err(type.__call__); err(lambda: class_ if 0 else A.__dict__.__setitem__('a', 1)); err(A.mro)

# Metaclasses: __prepare__, __call__, conflicts, attribute lookup on classes, __instancecheck__.
class Meta(type):
    @classmethod
    def __prepare__(m, name, bases, **kw): print('prepare', name, kw); return {'injected': 1}
    def __new__(m, name, bases, ns, **kw): print('new', name, sorted(k for k in ns if not k.startswith('__'))); return super().__new__(m, name, bases, ns)
    def __init__(cls, name, bases, ns, **kw): print('init', name, kw); super().__init__(name, bases, ns)
    def __call__(cls, *a, **k): print('call', cls.__name__, a); return super().__call__(*a, **k)
    def meth(cls): return 'meta method of ' + cls.__name__
    @property
    def prop(cls): return 'meta prop'
    def __getattr__(cls, n): return 'meta getattr ' + n
    def __len__(cls): return 42
    def __iter__(cls): return iter('it')
    def __contains__(cls, v): return v == 'x'
    def __getitem__(cls, k): return ('meta', k)
    def __repr__(cls): return f'<Meta {cls.__name__}>'
    def __instancecheck__(cls, o): return o == 'inst'
    def __subclasscheck__(cls, c): return c is int
    def __add__(cls, o): return 'added'
class C(metaclass=Meta, opt=1):
    def __init__(self, v=0): self.v = v
class D(C): x = 5
print(C(3).v, C.meth(), C.prop, C.injected, C.zzz, len(C), list(C), 'x' in C, C[1], C, isinstance('inst', C), isinstance(5, C), issubclass(int, C), C + 1, type(D) is Meta)
def err(f, *a, **k):
    try:
        print(f(*a, **k))
    except Exception as e:
        print(type(e).__name__ + ':', e)
err(lambda: C().meth()); err(lambda: C().prop); err(len, C())
class M2(type): pass
err(type, 'X', (C, M2('Y', (), {})), {})
def notype(name, bases, ns, **kw): return name, bases, sorted(ns), kw
class F(metaclass=notype, k=1): a = 1
print(F)
class Single(type):
    _i = {}
    def __call__(cls, *a):
        if cls not in cls._i: cls._i[cls] = super().__call__(*a)
        return cls._i[cls]
class S(metaclass=Single): pass
print(S() is S())
class BadPrep(type):
    @classmethod
    def __prepare__(m, *a): return 5
err(exec, 'class X(metaclass=B): pass', {'B': BadPrep})
class Ordered(type):
    def __new__(m, n, b, ns): c = super().__new__(m, n, b, dict(ns)); c.order = [k for k in ns if not k.startswith('_')]; return c
class O(metaclass=Ordered):
    z = 1; a = 2
    def m(self): pass
print(O.order)
class Attr(type):
    x = 'meta'
    def __setattr__(cls, k, v): print('meta set', k); super().__setattr__(k, v)
class A(metaclass=Attr): y = 1
A.x = 'cls'; print(A.x, A().x, type(A).x); del A.x; print(A.x, hasattr(A(), 'x')); print(type(type), type.__class__, type(A).__name__, isinstance(A, type), isinstance(A, Attr), type.__call__(list, 'ab'), type('T', (), dict(a=1)).a)
class MroMeta(type):
    def mro(cls): return [cls, Extra, object] if cls.__name__ == 'Odd' else super().mro()
class Extra: e = 'extra'
class Odd(metaclass=MroMeta): pass
print(Odd.e, Odd.__mro__[1].__name__, Odd().e)
class Cell(type):
    def __new__(m, n, b, ns): print('__classcell__' in ns); ns.pop('__classcell__', None); return super().__new__(m, n, b, ns)
try:
    class WithCell(metaclass=Cell):
        def f(self): return __class__
except RuntimeError as e:
    print(e)

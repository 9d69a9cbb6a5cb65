# C3 linearisation, cooperative super, diamonds, __mro_entries__, changing __bases__.
class A:
    def f(self): return ['A']
class B(A):
    def f(self): return ['B'] + super().f()
class C(A):
    def f(self): return ['C'] + super().f()
class D(B, C):
    def f(self): return ['D'] + super().f()
print(D().f(), [k.__name__ for k in D.__mro__], D.mro() == list(D.__mro__), super(B, D()).f(), super(B, D).f(D()), A.__subclasses__() == [B, C], issubclass(D, A), D.__base__)
def err(f, *a, **k):
    try:
        print(f(*a, **k))
    except Exception as e:
        print(type(e).__name__ + ':', e)
err(type, 'X', (A, B), {}); err(type, 'Y', (type('P', (B, C), {}), type('Q', (C, B), {})), {})
class E(D):
    @classmethod
    def make(cls): return super().__thisclass__.__name__ if 0 else cls.__name__
    @staticmethod
    def st(): return super()
    def g(self): return super().nope
    def h(self): return super
    def nested(self): return [super(E, self).f()[0] for _ in range(1)], (lambda: super(E, self).f())()
    def zero_nested(self):
        def inner(): return super().f()
        return inner()
print(E.make(), E().h()); err(E.st); err(E().g); print(E().nested()); err(E().zero_nested); err(super); err(super, D, A()); err(super, 5); err(lambda: super(D, 5)); err(lambda: super(B).f); print(repr(super(B, D())).split(' object')[0], super(B).__self__, super(B, D()).__self_class__.__name__)
def outside(self): return super().f()
D.out = outside; err(D().out)
class Meta:
    def __mro_entries__(self, bases): print('mro_entries', len(bases)); return (A,)
class F(Meta()): pass
print(F.__bases__, F.__orig_bases__ != F.__bases__)
class N1: f = lambda s: 'N1'
class N2: f = lambda s: 'N2'
class M(N1): pass
m = M(); print(m.f()); M.__bases__ = (N2,); print(m.f(), M.__mro__[1].__name__, N1.__subclasses__()); err(setattr, M, '__bases__', 5); err(setattr, M, '__bases__', (M,)); err(setattr, M, '__bases__', (int,)); err(setattr, M, '__bases__', ())
class Base:
    def __init_subclass__(cls, /, tag=None, **kw): super().__init_subclass__(**kw); cls.tag = tag; print('subclass', cls.__name__, tag)
class S1(Base, tag=1): pass
class S2(S1): pass
print(S1.tag, S2.tag); err(lambda: type('S3', (Base,), {}, nope=1)); err(lambda: type('S4', (), {}, x=1))
class G:
    def __class_getitem__(cls, k): return f'{cls.__name__}[{k}]'
print(G[int], G['a', 1]); err(lambda: G()[1]); err(lambda: A[int])
class Int(int):
    def __new__(cls, v): return super().__new__(cls, v * 2)
class Str(str):
    def upper(self): return 'U' + super().upper()
print(Int(4), Str('a').upper(), type(Str('a') + 'b').__name__, isinstance(Int(1), int), Int(3) + 1, [].__class__.__mro__, type.__mro__, bool.__mro__)
class Slotless(A, metaclass=type): x = 1
print(A.__subclasses__()[-1].__name__, A.__dict__.get('x'), Slotless().f(), object.__subclasshook__(1))

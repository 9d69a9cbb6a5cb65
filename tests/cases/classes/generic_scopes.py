# Names in type parameters' scopes inside classes: what sees the class's names, and what does not.
T = "global"
class A:
    T = "class"
    type Alias1[T] = (T for _ in (1,))
    type Alias2 = (T for _ in (1,))
    type Alias3[T] = [T for _ in (1,)]
    type Alias4 = [T for _ in (1,)]
    type Alias5 = T
    def meth[U](x: (T for _ in (1,)), y: T): pass
    class B[T]([T for _ in (1,)].__class__):
        x = T
    X = [T for _ in (1,)]
    Y = lambda: T
print(list(A.Alias1.__value__), A.Alias1.__type_params__, list(A.Alias2.__value__), A.Alias3.__value__, A.Alias4.__value__)
print(A.Alias5.__value__, list(A.meth.__annotations__['x']), A.meth.__annotations__['y'], A.B.x, A.X, A.Y())
def f():
    T = str
    class C:
        T = int
        class D[U](T):
            x = T
    return C
print(f().D.x, f().D.__bases__)
class E:
    __attr = 'mangled'
e = E()
setattr(e, '__attr', 'plain')
class F:
    def find(self, x):
        match x:
            case E(__attr=y): return y
print(F().find(e))
import collections, collections.abc
class M(collections.UserDict, collections.abc.Sequence): pass
class S(collections.UserList, collections.abc.Mapping): pass
def kind(x):
    match x:
        case [*_]: return 'sequence'
        case {}: return 'mapping'
print(kind(M()), kind(S()))
def k(**kw): pass
for call in ('k(**{1: 3}, **{1: 5})', 'k(**{1: 3})', 'k(**{"a": 1}, **{"a": 2})'):
    try: eval(call)
    except TypeError as error: print(error)
x = [1]
print(t'{ x }'.interpolations[0].expression, t'{ x = }'.interpolations[0].expression, f'{x # comment
 = }', [i for a, (*b, c[a]) in () if (c := 1)] if 0 else '')

# Cells, late binding, nonlocal chains, and closures that outlive their frame.
fs = [lambda: i for i in range(3)]
print([f() for f in fs], [f() for f in [lambda i=i: i for i in range(3)]])
def outer():
    x = 1
    def mid():
        def inner():
            nonlocal x
            x += 1
            return x
        return inner
    def get(): return x
    return mid(), get
inc, get = outer()
print(inc(), inc(), get(), inc.__closure__[0].cell_contents, inc.__code__.co_freevars, outer.__code__.co_cellvars)
def param(a, *args, k=1, **kw):
    def inner(): return a, args, k, kw
    a += 1
    return inner
print(param(1, 2, 3, k=4, z=5)())
def deleted():
    x = 1
    def f(): return x
    del x
    return f
try:
    deleted()()
except NameError as e:
    print(type(e).__name__, e)
cell = (lambda: inc).__closure__
print(cell)
def empty():
    def f(): return later
    c = f.__closure__[0]
    try:
        c.cell_contents
    except ValueError as e:
        print(e)
    print(repr(c)[:9], c == c)
    later = 5
    return f(), c.cell_contents
print(empty())
import types
def make(v): return types.CellType(v)
c = make(5); c.cell_contents = 6; print(c.cell_contents, types.CellType() != c if 0 else 'ok')
f = types.FunctionType(get.__code__, {}, 'renamed', None, (types.CellType(99),))
print(f(), f.__name__)
for args in ((get.__code__, {}), (get.__code__, {}, None, None, (1,)), (get.__code__, {}, None, None, ())):
    try:
        types.FunctionType(*args)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
def loop():
    out = []
    for i in range(3):
        def f(): return i
        out.append(f)
    i = 'after'
    return [f() for f in out]
print(loop())
def comp(): return [lambda: (a, b) for a in range(2) for b in range(2)]
print([f() for f in comp()])
class C:
    def m(self):
        def n(): return __class__, self
        return n
print(C().m()()[0].__name__, C.m.__code__.co_freevars)
def rec(n):
    def fact(k): return 1 if k < 2 else k * fact(k - 1)
    return fact(n)
print(rec(20))

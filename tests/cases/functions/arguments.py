# How arguments bind to parameters, and every message when they do not.
def show(src, f):
    try:
        print(src, '->', eval(src, {'f': f, 'g': g}))
    except TypeError as e:
        print(src, '->', e)
g = lambda *a, **k: (a, k)
def f0(): return 'ok'
def f1(a): return a
def f2(a, b): return a, b
def f3(a, b, c): return a, b, c
def fd(a, b=2, *, c=3): return a, b, c
def fpos(a, b, /, c, d=4): return a, b, c, d
def fkw(a, *, b, c): return a, b, c
def fkw1(*, only): return only
def fall(a, /, b, *args, c, d=4, **kw): return a, b, args, c, d, kw
def fposkw(a, /, **kw): return a, kw
for s in ('f()', 'f(1)', 'f(1, 2)', 'f(a=1)', 'f(*[1, 2])', 'f(**{"x": 1})'): show(s, f0)
for s in ('f()', 'f(1, 2)', 'f(1, a=1)', 'f(b=1)', 'f(1, b=2)', 'f(*[], **{"a": 5})'): show(s, f1)
for s in ('f()', 'f(1)', 'f(b=1)', 'f(1, 2, 3)', 'f(*range(3))', 'f(1, *[2], *[])', 'f(a=1, **{"b": 2})', 'f(1, **{"a": 2})', 'f(*5)', 'f(**5)', 'f(**{1: 2})', 'f(*[1], b=2, **{"b": 3})', 'f(**{"a": 1}, **{"a": 2})'): show(s, f2)
show('f()', f3); show('f(1)', f3); show('f(1, 2, 3, 4)', f3)
for s in ('f()', 'f(1)', 'f(1, 2, 3)', 'f(1, c=5)', 'f(1, 2, 3, 4, c=5)', 'f(1, d=5)', 'f(1, bb=5)'): show(s, fd)
for s in ('f(1, 2, 3)', 'f(1, 2, c=3)', 'f(a=1, b=2, c=3)', 'f(1, b=2, c=3)', 'f(1, 2)', 'f()', 'f(1, 2, 3, 4, 5)'): show(s, fpos)
for s in ('f(1)', 'f(1, b=2)', 'f(1, 2)', 'f(1, 2, b=3, c=4)', 'f()', 'f(b=1, c=2)'): show(s, fkw)
show('f()', fkw1); show('f(1)', fkw1); show('f(1, only=2)', fkw1)
for s in ('f(1, 2, 3, c=4, e=5)', 'f(1, b=2, c=3)', 'f(1, 2)', 'f(1, 2, c=3, a=4)', 'f()'): show(s, fall)
show('f(1, a=2)', fposkw); show('f(a=2)', fposkw)
for s in ('f(*"ab", *(1, 2), k=1, **{"z": 2})', 'f(x=1, *[2, 3])', 'f(**{"a": 1}, b=2)', 'f(*(i for i in range(3)))', 'f(*{}, **{})'): show(s, g)
for s in ('len()', 'len(1, 2)', 'len(obj=1)', '[].append()', '"".join(1, 2)', 'int(x=1)', 'str(1, 2, 3, 4)', 'ord("a", "b")', 'isinstance(1)', 'print(end=1)', 'sorted()', 'sorted([], 1)', '{}.get(1, 2, 3)', 'getattr(1)', 'abs()', 'object(1)', 'type()', 'None()', '"s"()', 'f.x()', 'divmod(1)', 'pow(1)', 'open()', 'zip(1)', 'range(a=1)', '[].sort(1)', 'sum()', 'dict(1, 2)', 'bytes(1, 2, 3, 4)', 'iter()', 'chr()', 'round()', 'super(1)', 'slice()', 'enumerate()', 'map()', 'map(1)', 'filter(1)', 'id()', 'max(1, key=2)', 'list(sequence=1)', 'tuple(1, 2)', 'property(1, 2, 3, 4, 5)', 'complex(real=1, nope=2)', 'bool(1, 2)', 'float(x=1)', 'hash()', 'next()', 'vars(1, 2)', 'format()', 'classmethod()', 'staticmethod(1, 2)', 'frozenset(a=1)', '"".split(1, 2, 3)', '"".encode(1)', 'b"".hex(1)', '(1).to_bytes(length="a")', '"a".center()', '[].index()', 'memoryview()', 'type(1, 2)', 'type("a", 1, {})', 'type("a", (), 1)', 'type(1, (), {})'):
    try:
        print(s, '->', eval(s, {'f': f0}))
    except Exception as e:
        print(s, '->', type(e).__name__, e)

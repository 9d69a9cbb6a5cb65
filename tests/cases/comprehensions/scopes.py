# Comprehensions: scope of the iteration variable, nesting, conditions, class bodies, evaluation of the first iterable.
x = 'outer'
print([x for x in range(3)], x, {x: y for x in 'ab' for y in range(2)}, x, sorted({x % 2 for x in range(5)}), x, list(x for x in 'gen'), x)
print([(i, j) for i in range(3) for j in range(i) if i + j > 1], [[j for j in range(i)] for i in range(3)], [a for a in range(20) if a % 2 if a % 3], [y for x in [[1, 2], [3]] for y in x], {k: v for k, v in {'a': 1}.items()}, [*(i for i in 'ab'), *[1]])
def f():
    v = 10
    r = [v + i for i in range(3)]
    g = (v * i for i in range(3))
    v = 100
    return r, list(g)
print(f())
try:
    (1 / 0 for _ in ())
    list(1 / 0 for _ in ())
    print('lazy')
    (i for i in 1 / 0)
except ZeroDivisionError as e:
    print('eager first iterable')
class C:
    n = 3
    a = [i for i in range(n)]
    try:
        b = [n for i in range(2)]
    except NameError as e:
        b = str(e)
    c = (lambda m: [m for _ in range(2)])(n)
print(C.a, C.b, C.c)
fs = [lambda: i for i in range(3)]; print([g() for g in fs])
def outer():
    i = 'kept'
    l = [i for i in range(3)]
    return i, l, sorted(locals())
print(outer())
def unbound():
    [zz for zz in range(2)]
    return zz
try:
    unbound()
except NameError as e:
    print(type(e).__name__, e)
def unbound2():
    r = [w for w in range(2)]
    print(w)
    w = 5
try:
    unbound2()
except NameError as e:
    print(type(e).__name__, e)
print([(lambda: [y for y in range(x)])() for x in range(3)], [[x for x in range(x)] for x in range(3)], [i for i in [j for j in range(3)]], [locals().get('q') for q in (7,)])
print({i: {j: i * j for j in range(2)} for i in range(2)}, sum(i * i for i in range(10)), max((len(w), w) for w in ['aa', 'b']), dict((k, v) for k, v in [(1, 2)]), [i for i, in [(1,), (2,)]], [a for a, *b in [(1, 2, 3)]], [o.x for o.x in ()] if 0 else 'skip')
for src in ('[x for x in *y]', '[*x for x in y]', '{**x for x in y}', '[x, y for x in z]', '(x for x in y, 1)', 'f(x for x in y, 1)', '[x for 1 in y]', '[x if y for x in z]', '[for x in y]', '[x for x]', '{a: b, *c}', '{x: y for x}', '[yield x for x in y]', 'f(1, x for x in y)', '[(yield) for x in y]'):
    try:
        compile(src, '<c>', 'eval'); print('ok', src)
    except SyntaxError as e:
        print(e.msg, '|', src)

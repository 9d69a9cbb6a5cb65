# The named expression's scope, in comprehensions, conditions and arguments.
print((y := 5) + y, y)
r = [last := x for x in range(4)]
print(r, last)
def f():
    total = 0
    parts = [total := total + v for v in (1, 2, 3)]
    return parts, total
print(f())
if (m := [1, 2]) and (n := len(m)) > 1:
    print(m, n)
print([a := 1, a + 1, a := a + 5], a)
print({(k := 'key'): (k, 'v')})
def g(x=(d := 'default')): return x
print(g(), d)
print(any((hit := c) == 'b' for c in 'abc'), hit)
lst = [0]
print(lst[(i := 0)], i)
for src in ('x := 1', '(x.y := 1)', '[i := 0 for i in range(3)]', '[x for x in (y := [1])]',
            'class A: [z := 1 for _ in range(1)]', 'f(x := 1, y=(z := 2))', '(a, b := 1)', 'lambda: (x := 1)', '(x := 1) = 2'):
    try:
        compile(src, '<s>', 'exec')
        print('ok', src)
    except SyntaxError as e:
        print(e.msg, '|', src)

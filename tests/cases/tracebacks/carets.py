# The carets of each kind of expression.
import traceback
def show(f):
    try: f()
    except Exception:
        lines = traceback.format_exc().splitlines()
        print(*lines[3:], sep='\n')
class A: b = None
a, x, y, zero, d, s = A(), None, 1, 0, {'k': {}}, 'é€😀'
def binop(): return (y + 1) * (x + 2) - 3
def attribute(): return a.b.c.d
def subscript(): return d['k']['z']['q']
def call(): return len(y)(1)
def method(): return a.b.run(1, 2)
def division(): return 1 + 10 / zero + 2
def multi():
    return (y +
            x +
            2)
def multicall():
    return len(
        y,
    )
def wide(): return s + '日本語' + x + 'end'
def compare(): return y < x < 3
def unpack(): p, q = y
def star(): return print(*y)
def kwstar(): return dict(**y)
def deep(): return [i for i in (1, 0) if 1 / i]
def lam(): return (lambda v: v / 0)(1)
def aug():
    n = 1
    n += x
def delsub(): del d['nope']
def setsub(): y[0] = 1
def raises(): raise ValueError('plain')
def with_(): 
    with y: pass
def imp(): import nonexistent_module_xyz
def iterate():
    for i in y: pass
def whole(): undefined_name
def assertion(): assert y == 2, f'{y} is not 2'
def unary(): return -x
def slice_(): return y[1:2]
def fstring(): return f'{x.attr} {y:abc}'
def cond(): return 1 if x.y else 2
def dec():
    @y
    def f(): pass
def cls():
    class B(y): pass
def star_assign(): a, *b, c = [1]
def matmul(): return x @ y
def await_like(): return (yield_ if x else x.y)
for f in (binop, attribute, subscript, call, method, division, multi, multicall, wide, compare, unpack, star, kwstar, deep, lam, aug, delsub, setsub, raises, with_, imp, iterate, whole, assertion, unary, slice_, fstring, cond, dec, cls, star_assign, matmul, await_like): show(f)

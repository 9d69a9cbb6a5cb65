"""Every construct of the language at least once; the tests compile it, they do not run it."""
import a, b.c, d.e.f as g
from .x import y as z, w
from os import *


@deco
@deco2(1, k=2)
def f(a, b=1, /, c: int = 2, *args: str, d, e=3, **kw) -> "r":
    """Docstring.

        Indented.
    """
    global G
    G = a
    x = y = a, b
    x, y = y, x
    a, b, c = b, c, a
    i, x[i] = 1, 2
    (p, [q, *r]), s = x
    x.y, x[0], x[1:2], x[::2] = p, q, r, s
    x += 1
    x.y -= 2
    x[i] *= 3
    x[1:2] @= 4
    del x, x.y, x[0], x[1:2], (p, [q])
    t = x + (x := 5)
    u = f(x, x := 6, *[x], k=(x := 7), **kw)
    v = [x, y, *z, {1, *w}, {1: 2, **kw}, (1, *w), lambda q=x, *r, **s: q + x]
    n = a if b else c if d else e
    m = a and b or not c and (d or e)
    k = a < b <= c != d is not e not in f
    assert a < b < f() < c, "message"
    assert not (a or b)
    if a is None or b is not None and c in (1, 2, 3) or d not in {1, 2}:
        pass
    elif a == 1 or a != 2 or a < 3 or a >= 4:
        return
    else:
        raise A from B
    while True:
        if a:
            break
        elif b:
            continue
        x = 1
    else:
        never()
    for x in [1, 2, 3]:
        for y, (z, *w) in x.items():
            if y:
                break
        else:
            continue
        break
    return f"{x!r:>{y}} {z=} {{}} {w:{a}{b}}" "lit" f"{x}" + rf"\d{x}" + b"bytes".decode()


def unwinding():
    for i in range(3):
        with open(i) as f, g(i) as (h, j), k:
            try:
                try:
                    return i
                except (A, B) as e:
                    continue
                except C:
                    break
                except:
                    raise
                else:
                    return e
                finally:
                    cleanup(i)
            finally:
                del i
    try:
        pass
    except* A as eg:
        x = eg
    except* B:
        raise
    finally:
        try:
            return x
        except D as x:
            pass
    try:
        return 1
    except A:
        while 1:
            try:
                break
            finally:
                continue


class C[T: (int, str), *Ts = *tuple[int], **P = [int]](Base, metaclass=M, **kw):
    """Doc."""
    x: int = 1
    if x:
        y: "T"
    z: list[T]
    __private = 2
    names = [n for n in x if n for m in range(n)]
    inner = [lambda: (x, __class__) for x in names]

    def method(self, x=__private):
        self.a = self.__b = super().method(x)
        super().attr
        super(C, self).other(*x)
        [super().m() for _ in x]
        return __class__, [self.q for self.q in x]

    def generic[U: int = str](self: U, *a: *Ts) -> T:
        return U

    class Nested(C):
        def m(self):
            nonlocal_ = C
            return super().m

    type Alias[V] = dict[V, T]


type Plain = int


def closures(a, b):
    x = 1

    def inner():
        nonlocal x
        x += a
        del x
        return [b + i + j for i in range(x) if i for j in [lambda: i + x]]

    return inner, (x for x in a), {k: lambda: k for k in b}, {v async for v in b} if 0 else None


def gen():
    x = yield
    y = yield x, 1
    z = yield from y
    return (yield) + (yield z)


async def agen():
    async with a as b, c:
        yield b
    async for x, y in z:
        if x:
            break
        await y
    else:
        return
    q = [await i async for i in z if await i]
    yield (i async for i in q)
    return


async def coro(x):
    try:
        return await x
    finally:
        await x
    return {k: await v async for k, v in x}, [[j async for j in i] for i in x]


def matching(x):
    match x:
        case 1 | -1 | 2.5 | 1 + 2j | "s" | b"b" | None | True:
            return 0
        case [] | [_]:
            return 1
        case [a, b, *rest] if rest:
            return a, b
        case [a, *_, b]:
            return a
        case (1, [x, y]) | [x, y]:
            return x
        case {"k": 1, mod.attr: v, **rest}:
            return v, rest
        case {}:
            return {}
        case Point(x=0, y=yy) | Point(0, yy):
            return yy
        case mod.Cls() as whole:
            return whole
        case {"a": [p, {"b": q}]} as s:
            return p, q, s
        case str(t) | bytes(t):
            return t
        case other:
            return other


def template(name):
    return t"hello {name!r:>{name}} {name=}" t"{1 + 1}"


def deletions(n):
    for i in range(n):
        if i:
            del i
        else:
            i = 2
        print(i)
    try:
        u = 1
    except E as e:
        pass
    print(u, e)
    while n:
        k = n
    return k


if __debug__:
    annotated: int
    annotated.attr: int = 3
print(*a, **b, c=1)
x = 0xFFFF_FFFF_FFFF_FFFF_FFFF + 1e308 * 10 - 3j ** 2 + "\ud800" "\N{BULLET}"

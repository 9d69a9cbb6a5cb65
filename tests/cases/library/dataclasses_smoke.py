# dataclasses: order, frozen, defaults, inheritance, messages.
import dataclasses as dc, typing
@dc.dataclass
class P:
    x: int
    y: int = 0
    z: list = dc.field(default_factory=list, repr=False, compare=False)
    c: typing.ClassVar[int] = 5
p = P(1); print(p, p == P(1, z=[1]), p.z, dc.asdict(p), dc.astuple(p), dc.replace(p, y=9), [f.name for f in dc.fields(P)], P.__match_args__, dc.is_dataclass(p))
@dc.dataclass(frozen=True, order=True, slots=True)
class F: a: int; b: str = 'b'
def err(f, *a, **k):
    try: print(f(*a, **k))
    except Exception as e: print(type(e).__name__ + ':', e)
f = F(1); err(setattr, f, 'a', 2); err(delattr, f, 'a'); print(F(1) < F(2), sorted([F(2), F(1)]), hash(F(1)) == hash(F(1)), {F(1): 'v'}[F(1)]); err(lambda: F(1) < 5); err(P); err(P, 1, 2, 3, 4); err(P, q=1); err(hash, p)
@dc.dataclass(kw_only=True)
class K(P): w: int; 
print(K(1, w=2)); err(K, 1, 2)
@dc.dataclass
class Post:
    a: int
    b: dc.InitVar[int] = 3
    s: int = dc.field(init=False)
    def __post_init__(self, b): self.s = self.a + b
print(Post(1), Post(1, 10).s)
def mutable():
    @dc.dataclass
    class X: l: list = []
def order():
    @dc.dataclass
    class X:
        a: int = 1
        b: int
err(mutable); err(order); err(dc.fields, 5); err(dc.asdict, P); M = dc.make_dataclass('M', [('u', int), ('v', str, 'd')]); print(M(1))
match p:
    case P(x, y): print(x, y)

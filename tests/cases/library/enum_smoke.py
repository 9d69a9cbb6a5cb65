# enum: members, aliases, flags, auto, lookup, messages, immutability.
import enum
class C(enum.Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1
    def describe(self): return self.name.lower()
    @property
    def double(self): return self.value * 2
print(C.RED, repr(C.RED), C(1), C['GREEN'], list(C), C.CRIMSON is C.RED, C.RED.name, C.RED.value, C.RED.describe(), C.GREEN.double, len(C), C.RED in C, 1 in C, 9 in C, C.__members__.keys(), isinstance(C.RED, C), C.RED == 1, {C.RED: 'r'}[C(1)], f'{C.RED}', hash(C.RED) == hash('RED'))
def err(f, *a):
    try: print(f(*a))
    except Exception as e: print(type(e).__name__ + ':', e)
err(C, 5); err(lambda: C['X']); err(lambda: C.X); err(setattr, C, 'RED', 5); err(lambda: C.RED < C.GREEN); err(delattr, C, 'RED'); err(type, 'D', (C,), {}); err(setattr, C.RED, 'value', 3)
class I(enum.IntEnum): A = enum.auto(); B = enum.auto()
class F(enum.Flag): R = enum.auto(); W = enum.auto(); X = enum.auto(); RW = R | W
class S(enum.StrEnum): ONE = enum.auto(); TWO = 'two!'
print(I.A + 1, I.B > I.A, repr(I.A), str(I.A), sorted(I), F.R | F.X, repr(F.RW), F.RW & F.W, ~F.R, F(0), bool(F(0)), F.R in F.RW, list(F.RW), F(7), S.ONE, S.TWO.upper(), repr(S.ONE), enum.Enum('Dyn', 'a b').b.value, enum.IntFlag('IF', 'P Q').P | 8); err(F, 99); err(lambda: F.R + 1)
@enum.unique
class U(enum.Enum): A = 1
def dup():
    @enum.unique
    class V(enum.Enum): A = 1; B = 1
err(dup)
class Planet(enum.Enum):
    E = (5.9, 6.3)
    def __init__(self, m, r): self.m = m; self.r = r
print(Planet.E.m, Planet.E.value); 
class Miss(enum.Enum):
    A = 1
    @classmethod
    def _missing_(cls, v): return cls.A if v == 'a' else None
print(Miss('a')); err(Miss, 'b')
match C.RED:
    case C.RED: print('matched')

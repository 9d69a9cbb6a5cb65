# RecursionError at the limit in functions, repr, comparison, attribute access, pickling; and the limit's own checks.
import sys
def err(f, *a):
    try: r = f(*a); print('ok', type(r).__name__)
    except RecursionError as e: print('RecursionError:', str(e).split(' in ')[0] if 'Stack' in str(e) else e)
    except Exception as e: print(type(e).__name__ + ':', e)
def f(n=0): return f(n + 1)
err(f); sys.setrecursionlimit(200); err(f)
def depth(n=1):
    try: return depth(n + 1)
    except RecursionError: return n
print(150 < depth() <= 200); sys.setrecursionlimit(1000); print(950 < depth() <= 1000, sys.getrecursionlimit()); err(sys.setrecursionlimit, 0); err(sys.setrecursionlimit, -5); err(sys.setrecursionlimit, 'a'); err(sys.setrecursionlimit, 2**40)
class R:
    def __repr__(self): return repr(self)
class G:
    def __getattr__(self, n): return getattr(self, n + 'x')
class E:
    def __eq__(self, o): return self == o
class C:
    def __call__(self): return self()
class L:
    def __len__(self): return len(self)
class I:
    def __init__(self): I()
class P:
    @property
    def p(self): return self.p
class D:
    def __get__(self, o, t): return o.d
class H: d = D()
class A:
    def __add__(self, o): return self + o
class S:
    def __str__(self): return f'{self}'
class N:
    def __new__(cls): return cls()
class Si:
    def __getitem__(self, i): return self[i]
class B:
    def __bool__(self): return not self
class It:
    def __iter__(self): return iter(self)
class Ha:
    def __hash__(self): return hash(self)
class W:
    def __enter__(self):
        with self: pass
    def __exit__(self, *a): pass
def w():
    with W(): pass
for fn in (lambda: repr(R()), lambda: G().a, lambda: E() == 1, lambda: C()(), lambda: len(L()), I, lambda: P().p, lambda: H().d, lambda: A() + 1, lambda: str(S()), N, lambda: Si()[0], lambda: bool(B()), lambda: iter(It()), lambda: hash(Ha()), w): err(fn)
def g():
    yield from g()
err(lambda: list(g())); fs = lambda: sorted([1, 2], key=lambda v: fs()); err(fs); mp = lambda: list(map(lambda v: mp(), [1])); err(mp); ex = lambda: exec('ex()', {'ex': ex}); err(ex)
async def co(): await co()
err(lambda: co().send(None)); print(depth() > 900); l = []; l2 = [l]; l.append(l2); print(l); 
def after():
    try: f()
    except RecursionError: pass
    return 'usable'
print([after() for _ in range(3)]); tb = None
try: f()
except RecursionError as e:
    n = 0; tb = e.__traceback__
    while tb: n += 1; tb = tb.tb_next
    print(900 < n <= 1001)
sys.setrecursionlimit(100); print(depth() > 50)
try: 
    def low(n):
        if n == 0: sys.setrecursionlimit(5)
        else: low(n - 1)
    low(50)
except RecursionError as e: print(e)

# Deeply nested objects are built, compared where possible, and dropped without recursion in the VM.
import sys
l = None
for _ in range(300_000): l = [l]
del l; print('list chain')
t = ()
for _ in range(300_000): t = (t,)
t = None; print('tuple chain')
d = {}
for _ in range(200_000): d = {'d': d}
d = 0; print('dict chain')
class N:
    def __init__(self, n): self.next = n
n = None
for _ in range(300_000): n = N(n)
n = None; print('object chain')
class S:
    __slots__ = 'n',
s = None
for _ in range(200_000): x = S(); x.n = s; s = x
del x, s; print('slot chain')
def mk(f): return lambda: f
f = None
for _ in range(100_000): f = mk(f)
f = None; print('closure chain')
class Del:
    def __init__(self, n): self.n = n
    def __del__(self): Del.count += 1
    count = 0
o = None
for _ in range(20_000): o = Del(o)
o = None; print('finalizer chain', Del.count)
g = None
def gen(prev):
    yield prev
for _ in range(50_000): g = gen(g); next(g)
g = None; print('generator chain')
e = None
for _ in range(50_000): x = ValueError(); x.__context__ = e; e = x
x = e = None; print('exception chain')
import itertools
it = iter([1])
for _ in range(20_000): it = itertools.chain(it)
it = None; print('iterator chain')
a, b = [], []
for _ in range(100_000): a, b = [a], [b]
try: print(a == b)
except RecursionError: print(True)
try: repr(a)
except RecursionError: print('RecursionError')
try: hash(eval('(' * 50 + ')' * 50 if 0 else '()'))
except RecursionError: pass
a = b = None; print('end')

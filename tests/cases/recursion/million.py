# A limit of a million: deep Python recursion works; native recursion gives RecursionError, not a crash.
import sys
sys.setrecursionlimit(1_000_000)
def f(n): return 0 if n == 0 else 1 + f(n - 1)
print(f(100_000))
def forever(n): return forever(n + 1)
class R:
    def __repr__(self): return '<' + repr(self.n) + '>'
r = R(); r.n = r
for fn in (lambda: repr(r), lambda: eval('(' * 150 + '1' + ')' * 150)):
    try: print(type(fn()).__name__)
    except RecursionError as e: print('RecursionError')
a = []
for _ in range(200_000): a = [a]
for fn in (lambda: repr(a), lambda: a == eval('[' * 100 + ']' * 100), lambda: str(a)):
    try: print(type(fn()).__name__)
    except RecursionError as e: print('RecursionError')
class E:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return self.n == o.n
x = y = 1
for _ in range(200_000): x, y = E(x), E(y)
try: print(x == y)
except RecursionError: print('RecursionError')
import json, copy
for fn in (lambda: json.dumps(a), lambda: json.loads('[' * 100_000 + ']' * 100_000), lambda: isinstance(1, eval('(' * 90 + 'int,' + '),' * 90) if 0 else int)):
    try: print(type(fn()).__name__)
    except RecursionError: print('RecursionError')
print('alive')

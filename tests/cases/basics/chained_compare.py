# Chained comparisons evaluate each operand once and stop at the first false one.
def v(n, log=[]):
    print('v', n)
    return n
print(v(1) < v(2) < v(3))
print(v(3) < v(2) < v(1))
print(v(1) == v(1) in [v(True)] is not v(None))
class R:
    def __init__(self, n): self.n = n
    def __lt__(self, o): print('lt'); return []
    def __gt__(self, o): print('gt'); return 'yes'
    def __eq__(self, o): print('eq'); return NotImplemented
    def __bool__(self): print('bool'); return True
print(R(1) < R(2) < R(3))
print(R(1) > R(2) > R(3))
print(R(1) == 5, R(1) != 5)
class B:
    def __lt__(self, o): return self
    def __bool__(self): raise ValueError('ambiguous truth')
try:
    B() < 1 < 2
except ValueError as e:
    print(e)
try:
    if B(): pass
except ValueError as e:
    print(e)
class BadBool:
    def __bool__(self): return 'x'
class BadLen:
    def __len__(self): return -1
class StrLen:
    def __len__(self): return '1'
class BigLen:
    def __len__(self): return 2**100
for c in (BadBool, BadLen, StrLen, BigLen):
    try:
        bool(c())
    except Exception as e:
        print(type(e).__name__, e)

# Stability, exceptions in comparison, mutation while sorting, key errors.
import functools
class K:
    def __init__(self, k, t): self.k, self.t = k, t
    def __lt__(self, o): return self.k < o.k
    def __repr__(self): return f'{self.k}{self.t}'
print(sorted([K(2, 'a'), K(1, 'b'), K(2, 'c'), K(1, 'd')]), sorted([K(2, 'a'), K(1, 'b'), K(2, 'c'), K(1, 'd')], reverse=True))
seen = []
l = [3, 1, 2]
def key(v):
    seen.append(list(l))
    return v
l.sort(key=key)
print(l, seen)
def mutate(v):
    l.append(0)
    return v
l = [3, 1, 2]
try:
    l.sort(key=mutate)
except ValueError as e:
    print(e, l)
class E:
    def __init__(self, n): self.n = n
    def __lt__(self, o):
        if o.n == 0 or self.n == 0: raise RuntimeError('lt failed')
        return self.n < o.n
    def __repr__(self): return str(self.n)
l = [E(3), E(0), E(1)]
try:
    l.sort()
except RuntimeError as e:
    print(e, sorted(map(repr, l)))
l = [2, 'a', 1]
try:
    l.sort()
except TypeError as e:
    print(e, len(l))
print(sorted(range(1000), key=lambda v: (v * 7919) % 1000)[:5], sorted([5, 3, 9, 1] * 100) == [1] * 100 + [3] * 100 + [5] * 100 + [9] * 100)
data = [(i * 7919 % 101, i) for i in range(500)]
s = sorted(data, key=lambda p: p[0])
print(all(a[0] < b[0] or a[0] == b[0] and a[1] < b[1] for a, b in zip(s, s[1:])))
print(sorted('hello', key=functools.cmp_to_key(lambda a, b: (a < b) - (a > b))))
print(sorted([float('nan'), 1, 2])[1:], sorted([1, True, 1.0, 0, False]), sorted({3: 'c', 1: 'a'}), sorted(iter([2, 1])), sorted((), key=5 if 0 else None))
try:
    sorted([1, 2], key=lambda v: 1 / 0)
except ZeroDivisionError as e:
    print(e)
class Ret:
    def __lt__(self, o): return NotImplemented
try:
    sorted([Ret(), Ret()])
except TypeError as e:
    print(e)

# Ackermann, mutual recursion, deep recursion under a raised limit, Y combinator.
import sys
def ack(m, n):
    if m == 0: return n + 1
    if n == 0: return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))
print(ack(2, 9))
def even(n): return n == 0 or odd(n - 1)
def odd(n): return n != 0 and even(n - 1)
print(even(500), odd(501), even(7))
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
sys.setrecursionlimit(60000)
print(depth(50000))
Y = lambda f: (lambda x: x(x))(lambda x: f(lambda *a: x(x)(*a)))
print(Y(lambda self: lambda n: 1 if n == 0 else n * self(n - 1))(30))
def gen(n):
    if n:
        yield n
        yield from gen(n - 1)
print(sum(gen(300)))
class Node:
    def __init__(self, v, l=None, r=None): self.v, self.l, self.r = v, l, r
    def __iter__(self):
        if self.l: yield from self.l
        yield self.v
        if self.r: yield from self.r
def build(lo, hi):
    if lo >= hi: return None
    mid = (lo + hi) // 2
    return Node(mid, build(lo, mid), build(mid + 1, hi))
print(list(build(0, 15)))
def hanoi(n, a='A', b='B', c='C'): return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)
print(hanoi(12))
def perms(s): return [s] if len(s) < 2 else [c + p for i, c in enumerate(s) for p in perms(s[:i] + s[i + 1:])]
print(perms('abcd')[::5], len(perms('abcde')))

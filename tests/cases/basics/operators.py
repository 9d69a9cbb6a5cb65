# Precedence, associativity and the reflected methods.
print(2 ** 3 ** 2, -2 ** 2, (-2) ** 2, 2 ** -1, 1 - 2 - 3)
print(7 // 2, -7 // 2, 7 // -2, 7 % 3, -7 % 3, 7 % -3, divmod(-7, 3))
print(7.5 // 2, -7.5 // 2, -7.5 % 2, 7.5 % -2, divmod(-7.5, 2))
print(1 << 3 + 1, 1 | 2 ^ 3 & 4, ~5, +True, -True, ~False)
print(1 < 2 < 3, 1 < 3 < 2, 1 == 1 != 2, 1 in [1] == True)
print(not 1 == 2, not (1 in [2]), 1 not in [2], 1 is not None)
class V:
    def __init__(self, n): self.n = n
    def __add__(self, o): return f'{self.n}.add({o!r})'
    def __radd__(self, o): return f'{self.n}.radd({o!r})'
    def __iadd__(self, o): self.n += 100; return self
    def __matmul__(self, o): return 'mat'
    def __rsub__(self, o): return NotImplemented
    def __repr__(self): return f'V{self.n}'
class W(V):
    def __radd__(self, o): return f'W.radd({o!r})'
v = V(1)
print(v + 1, 1 + v, v + V(2), v + W(3), v @ 1)
v += 1
print(v)
for f in (lambda: 1 - v, lambda: v - 1, lambda: v * 2, lambda: v < v, lambda: -v, lambda: v[0], lambda: v(),
          lambda: 1 + 'a', lambda: 'a' + 1, lambda: [] + (), lambda: 'a' * 'b', lambda: [1] < ['a'], lambda: len(v),
          lambda: 1 in v, lambda: iter(v), lambda: 3 @ 4, lambda: {} | 1, lambda: 1 ** 'a', lambda: divmod(1, 'x'),
          lambda: b'a' + 'a', lambda: 'a' % 1, lambda: 1 << -1, lambda: 1.0 << 1, lambda: ~1.5):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ':', e)

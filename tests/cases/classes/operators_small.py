class V:
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return V(self.x + o.x, self.y + o.y)
    def __mul__(self, k): return V(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)
    def __repr__(self): return f'V({self.x}, {self.y})'
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __len__(self): return 2
    def __bool__(self): return self.x != 0 or self.y != 0
    def __call__(self, z): return z * self.x
    def __contains__(self, v): return v in (self.x, self.y)
    def __neg__(self): return V(-self.x, -self.y)
    def __iter__(self): yield self.x; yield self.y
    def __lt__(self, o): return self.x < o.x
    def __hash__(self): return hash((self.x, self.y))
a, b = V(1, 2), V(3, 4)
print(a + b, a * 3, 2 * a, a == V(1, 2), a != b, a[1], len(a), bool(V(0, 0)), b(10), 4 in b, -a, list(a), sorted([b, a]), {a: 'k'}[V(1, 2)])

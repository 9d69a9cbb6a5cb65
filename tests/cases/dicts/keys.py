# Hash collisions, equality called during lookup, exceptions from __hash__ and __eq__.
class H:
    def __init__(self, n, h=1): self.n, self.h = n, h
    def __hash__(self): return self.h
    def __eq__(self, o): log.append((self.n, getattr(o, 'n', o))); return isinstance(o, H) and self.n == o.n
    def __repr__(self): return f'H{self.n}'
log = []
d = {H(i): i for i in range(3)}
log.clear()
print(d[H(2)], log); log.clear()
k = H(1)
d[k] = 'new'
print([(a is k, b) for a, b in d.items()], log)
x = H(7); d2 = {x: 1}; log.clear(); print(d2[x], log, x in [x], log)
class BadHash:
    def __hash__(self): raise RuntimeError('no hash')
class StrHash:
    def __hash__(self): return 'a'
class BigHash:
    def __hash__(self): return 2**100 + 5
class NegHash:
    def __hash__(self): return -1
class EqOnly:
    def __eq__(self, o): return True
class BadEq:
    def __hash__(self): return 1
    def __eq__(self, o): raise ValueError('eq failed')
def err(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ':', e)
err(lambda: {BadHash(): 1}); err(lambda: {StrHash(): 1}); err(lambda: hash(BigHash()) == hash(2**100 + 5)); err(lambda: hash(NegHash())); err(lambda: {EqOnly(): 1}); err(lambda: hash(EqOnly())); err(lambda: {BadEq(): 1, BadEq(): 2}); err(lambda: BadEq() in {1: 2}); err(lambda: EqOnly.__hash__); err(lambda: {1} == {BadEq()})
class Mut:
    def __init__(self, d): self.d = d
    def __hash__(self): return 5
    def __eq__(self, o):
        self.d.clear()
        return False
m = {}
m[Mut(m)] = 1
m[Mut(m)] = 2
print(len(m))
class S(str):
    def __eq__(self, o): return 'S' if o == 'zz' else str.__eq__(self, o)
    __hash__ = str.__hash__
print({'a': 1}[S('a')], {S('a'): 1}['a'], {(1, 'a'): 'tuple'}[1, 'a'], {None: 0}[None], {1: 'int'}[True], {0: 'z'}[-0.0], {2**70: 'big'}[2.0**70], {frozenset([1]): 'fs'}[frozenset({1})])
print({'a' * i: i for i in range(4)}, {**{'x': 1}, **{'y': 2}}, {chr(97 + i): i for i in range(26)}['z'])

# Self-referring containers print dots; comparing them raises RecursionError and nothing else.
import collections
l = []; l.append(l)
d = {}; d['d'] = d
t = ([],); t[0].append(t)
q = collections.deque(); q.append(q)
o = collections.OrderedDict(); o['o'] = o
print(l, d, t, q, o)
m = []; m.append(m)
e = {}; e['d'] = e
for f in (lambda: l == m, lambda: d == e, lambda: l < m, lambda: hash((1, t)), lambda: [l] == [m], lambda: l == l, lambda: l in [m]):
    try:
        print(f())
    except RecursionError as x:
        print('RecursionError')
    except TypeError as x:
        print(x)
class L(list):
    def __repr__(self): return 'L' + super().__repr__()
x = L(); x.append(x); print(x)
s = set(); s.add(frozenset([1])); print(s)
import types
n = types.SimpleNamespace(); n.n = n; print(n)
import functools
p = functools.partial(print); p.__setstate__((p, (), {}, {})); print(repr(p)[:30]); p.__setstate__((print, (), {}, {}))

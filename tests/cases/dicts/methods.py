# dict's methods, order, views, messages.
def err(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', e)
d = {'b': 1, 'a': 2}
d['c'] = 3; d['b'] = 9; del d['a']; d['a'] = 0; print(d, list(d), len(d), 'a' in d, d.get('z'), d.get('z', 5), d.setdefault('b', 1), d.setdefault('n'), d.pop('n'), d.pop('q', 'dflt'), d.popitem(), d)
print(dict(a=1), dict([('a', 1), ['b', 2]]), dict({'x': 1}, y=2), dict(zip('ab', [1, 2])), dict.fromkeys('ab'), dict.fromkeys([1], 0), {**{'a': 1}, 'a': 2}, {1: 'a', True: 'b', 1.0: 'c'})
err(lambda: {}['k']); err(lambda: {}[(1, 2)]); err({}.pop, 'k'); err({}.popitem); err(lambda: {[]: 1}); err(dict, 5); err(dict, [1]); err(dict, ['abc']); err(dict, [(1,)]); err({}.update, [(1, 2, 3)]); err({}.update, 5); err(dict, {}, {}); err(hash, {}); err(lambda: {} < {}); err({}.fromkeys, 5); err({1: 2}.__delitem__, 3); err({}.get); err({}.setdefault, []); err(lambda: {}.x); err(dict, **{'1': 2}); err(lambda: {} + {}); err({}.pop); err({}.pop, 1, 2, 3); err({}.get, []); err(lambda: [] in {})
d = {'a': 1}; d |= {'b': 2}; d |= [('c', 3)]; print(d | {'a': 0}, {'z': 0} | d, d); d.update({'a': 5}, q=6); print(d); e = d.copy(); e.clear(); print(d == e, e, d == dict(reversed(d.items())), d != {})
k, v, i = d.keys(), d.values(), d.items(); print(k, v, i, len(k), 'a' in k, ('a', 5) in i, 5 in v, k & {'a', 'zz'}, sorted(k | {'y'}), k - {'a', 'b', 'c'}, i & {('a', 5)}, k == {'a', 'b', 'c', 'q'}, k.isdisjoint('xyz'), list(reversed(k)), k.mapping == d, k < {'a', 'b', 'c', 'q', 'r'}); d['new'] = 1; print(len(k), list(v)[-1])
def grow():
    for q in d: d[q + 'x'] = 1
def shrink():
    for q in d: del d[q]
def rekey():
    for q in d:
        del d[q]; d[q + '!'] = 0
err(grow); d = {'a': 1, 'b': 2}; err(shrink); d = {'a': 1}; err(rekey); d = {'a': 1, 'b': 2}
for q in d: d[q] += 1
print(d, repr({'k': {'n': [1, (2,)]}}), dict(d) is d); r = {}; r['self'] = r; print(r)
class M(dict):
    def __missing__(self, k): return f'missing {k}'
m = M(a=1); print(m['a'], m['z'], m.get('z'), 'z' in m, m | {'b': 2}, type(m | {}).__name__, type(m.copy()).__name__, M.fromkeys('a')); it = iter({1: 2}); print(next(it), next(it, 'end'), list({1: 2}.items()), sorted({'b': 1, 'a': 2}.items()), max({'x': 1, 'y': 5}.items(), key=lambda p: p[1]))
big = {i: i * i for i in range(1000)}
for i in range(0, 1000, 2): del big[i]
for i in range(1000, 1100): big[i] = 0
print(len(big), list(big)[:3], list(big)[-1], sum(big.values()), 999 in big, 998 in big, next(iter(big)), big.popitem())

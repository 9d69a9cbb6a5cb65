# set and frozenset: operators, methods, messages.
def err(f, *a, **k):
    try:
        print(f(*a, **k))
    except Exception as e:
        print(type(e).__name__ + ':', e)
s = {3, 1, 2}
print(sorted(s | {4}), sorted(s & {1, 9}), sorted(s - {1}), sorted(s ^ {1, 7}), s <= {1, 2, 3}, s < {1, 2, 3}, s > {1}, s >= set(), s == frozenset(s), s != {1}, {1} <= {2}, s.isdisjoint([9]), s.issubset(range(9)), s.issuperset('') )
print(sorted(s.union([5], 'a', key) if 0 else s.union([5], [6])), sorted(s.intersection([1, 2], (2,))), sorted(s.difference([1], [2])), sorted(s.symmetric_difference([1, 1, 8])), set(), frozenset(), {1}, frozenset([1]), set('a'), repr({'x'}))
s.add(5); s.discard(99); s.remove(5); s.update([7], (8,)); s |= {9}; s -= {9}; s &= {1, 2, 7}; s ^= {7, 10}; print(sorted(s)); s.intersection_update([1, 2]); s.difference_update([2]); s.symmetric_difference_update([5]); print(sorted(s)); c = s.copy(); c.clear(); print(sorted(s), c, len(c))
err(s.remove, 99); err(s.add, []); err(set().pop); err(lambda: s | [1]); err(lambda: [1] | s); err(lambda: s < [1]); err(hash, s); err(set, 5); err(set, 1, 2); err(lambda: {[]}); err(frozenset([1]).add if hasattr(frozenset, 'add') else lambda: frozenset().add); err(lambda: s[0]); err(s.update, 5); err(lambda: s + s); err(s.discard, []); err(lambda: [] in s); err(s.remove, (1, 2)); err(lambda: {{1}}); print({1} in {frozenset([1])}, {frozenset([1])} == {frozenset([1])})
err(frozenset({1}).__contains__, {1}); f = frozenset('abc'); print(hash(f) == hash(frozenset('cba')), f | {'d'} == set('abcd'), type(f | {'d'}).__name__, type({'d'} | f).__name__, frozenset(f) is f, f.copy() is f)
def grow():
    for v in s: s.add(v + 100)
err(grow)
class S(set): pass
print(S([1]), type(S() | {1}).__name__, type(S().copy()).__name__, S([1]) == {1}); r = set(); print(len({1, 1.0, True, 0, False, 0j}), {float('nan')} == {float('nan')}, sorted({*'ab', *'bc'}), {i % 3 for i in range(10)} == {0, 1, 2})
big = set(range(1000)); big -= set(range(0, 1000, 2)); print(len(big), 501 in big, 500 in big, sum(big), len(big & set(range(100))), len(big ^ set(range(10)))); print(sorted(set.union({1}, {2}, {3})), frozenset.intersection(frozenset([1, 2]), [2]))

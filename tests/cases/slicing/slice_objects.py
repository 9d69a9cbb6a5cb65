# slice objects, __getitem__ with tuples and slices, range arithmetic.
def err(f, *a):
    try:
        print(f(*a))
    except Exception as e:
        print(type(e).__name__ + ':', e)
s = slice(1, 10, 2)
print(s, s.start, s.stop, s.step, s.indices(5), slice(None).indices(3), slice(None, None, -1).indices(4), slice(-100, 100).indices(5), slice(5, 1, -2).indices(3), slice(1) == slice(None, 1), slice(1) < slice(2), hash(slice(1, 2)) == hash(slice(1, 2)))
err(s.indices, -1); err(s.indices, 'a'); err(slice); err(slice, 1, 2, 3, 4); err(lambda: slice('a').indices(3)); err(lambda: slice(0, 1, 0).indices(3)); err(setattr, s, 'start', 1); err(lambda: [1][slice('a')])
class G:
    def __getitem__(self, k): return k
    def __setitem__(self, k, v): print('set', k, v)
    def __delitem__(self, k): print('del', k)
g = G()
print(g[1], g[1:2], g[::], g[1:2, 3], g[..., None], g[()], g[1,], g[:, 1:], g[*range(3)], g[*(1, 2), 3:4], g[(x := 5)], g[-1:])
g[1:2] = 'v'; del g[::2]; g[1, 2] = 3; g['a'] += 'b' if isinstance('a', str) else ''
r = range(10, 0, -3)
print(list(r), r, len(r), r[1], r[-1], r[1:], r[::-1], 7 in r, 8 in r, 7.0 in r, 'a' in r, r.index(4), r.count(4), r == range(10, -1, -3), range(0) == range(5, 5), hash(range(0)) == hash(range(1, 1)), r.start, r.stop, r.step, list(reversed(r)), range(3) != [0, 1, 2], bool(range(0)))
err(range); err(range, 1.0); err(range, 1, 2, 0); err(range, 'a'); err(lambda: range(3)[3]); err(lambda: range(3)[-4]); err(lambda: range(3)['a']); err(range(3).index, 5); err(lambda: range(3) + range(3)); err(range, 1, 2, 3, 4); err(setattr, r, 'start', 3); err(lambda: len(range(-2**63, 2**63)))
print(list(range(2**64, 2**64 + 3)), range(2**70)[2**69:][0], list(range(0, -5, -2)), [*range(5)][1:4:2], range(True), sum(range(10**5)), max(range(5)), range(5)[2:100][-1], range(1, 2**65, 2**64)[1])
it = iter(range(3)); next(it); print(it.__length_hint__(), list(it), list(iter(range(2**65, 2**65 + 2))), type(it).__name__, type(iter(range(2**65, 2**66))).__name__)
a = [0, 1, 2, 3, 4, 5]
for sl in (slice(None, None, -2), slice(4, 1, -1), slice(-2, -5, -1), slice(1, -1), slice(10, None), slice(None, -10)): print(a[sl], tuple(a)[sl], 'abcdef'[sl], b'abcdef'[sl], range(6)[sl])

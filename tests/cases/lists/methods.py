# The list method table, slices, comparison, repr, messages.
def err(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', e)
l = [3, 1, 2]
l.append(4); l.extend('ab'); l.extend({5: 6}); l.insert(1, 'i'); l.insert(-100, 'first'); l.insert(100, 'last'); print(l)
print(l.pop(), l.pop(0), l.pop(-2), l); l.remove('a'); print(l.index(1), l.count(3), l.index('b', -2) if 'b' in l[-2:] else l); l.reverse(); print(l, l.copy() == l); l.clear(); print(l)
err([].pop); err([1].pop, 5); err([1].remove, 2); err([1].index, 2); err([1].index, 1, 1); err([1].insert, 'a', 1); err([1].append); err([1].append, 1, 2); err([].extend, 5); err(lambda: [1][1]); err(lambda: [1]['a']); err(lambda: [1][1.5]); err([1].__setitem__, 5, 1); err([1].__delitem__, 5); err(hash, []); err([1].sort, 5); err([1, 'a'].sort); err([].sort, key=5); err(lambda: [1] + (2,)); err(lambda: [1] * 1.5); err(lambda: [1] * 'a'); err([1].pop, 'a'); err(lambda: [] < 5); err(list, 1, 2); err(list, x=1); err([1].index, 5, 'a')
a = list(range(10)); a[2:5] = 'xyz'; print(a); a[::2] = [0] * 5; print(a); a[5:] = []; print(a); a[1:1] = [7, 8]; print(a); del a[::3]; print(a); a[-1:] = a; print(a); a[:] = (v for v in 'gen'); print(a); a[10:20] = [1]; print(a); a[2:1] = ['mid']; print(a); a += (1,); a *= 2; print(a)
err(a.__setitem__, slice(None, None, 2), [1]); err(a.__setitem__, slice(0, 1), 5); err(lambda: a[::0]); err(a.__setitem__, slice(0, 1, -1), [1, 2, 3])
print([1, 2] < [1, 3], [1] < [1, 0], [] < [0], [1, 'a'] < [2, 3], [1] == [1.0], [1, 2] != (1, 2), [[1]] * 2, [0] * -1, 2 * [1], [1] in [[1]])
r = [1]; r.append(r); print(r, [r], repr(r)); t = (r,); print(t)
x = [[]] * 3; x[0].append(1); print(x)
s = ['b', 'A', 'c', 'B', 'a']; s.sort(key=str.lower); print(s); s.sort(key=str.lower, reverse=True); print(s); s.sort(); print(s); print(sorted([(1, 'b'), (1, 'a'), (0, 'z')]), sorted([2, 1.5, True]), sorted([[2], [1, 5], [1]]))
class L(list): pass
print(L([1]) + [2], type(L([1]) + [2]).__name__, type(L([1])[:]).__name__, L('ab'), L() == [], [*L('xy')])
it = iter(z := [1, 2, 3]); next(it); z.append(4); print(list(it), list(it), it.__length_hint__()); z.append(9); print(list(it)); print(next(iter([]), 'none'), list(reversed([1, 2, 3])))

s = {1, 2, 3}
s.add(4)
s.discard(1)
print(len(s), 2 in s, sorted(s | {9}), sorted(s & {2, 3}), sorted(s - {2}), s == {2, 3, 4})
print(frozenset([1, 1]), set(), {1} < {1, 2})

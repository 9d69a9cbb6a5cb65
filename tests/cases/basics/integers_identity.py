# `is` on small and computed values, NaN in containers, -0.0, and bool arithmetic.
a = 256; b = 256
print(a is b, True is True, (1 == 1) is True, None is None)
nan = float('nan')
print(nan == nan, nan != nan, [nan] == [nan], nan in [nan], (nan,) == (nan,), {nan: 1} == {nan: 1}, [nan].index(nan), [nan].count(nan))
print(float('nan') in [nan] , nan < nan, min(nan, 1), max(1, nan))
print(0.0 == -0.0, str(-0.0), repr(0.0 * -1), {0.0: 'z'}[-0.0], -0.0 + 0.0)
print(True + True, True * 3, isinstance(True, int), True == 1, {True: 'a', 1: 'b', 1.0: 'c'})
print(type(True + 1), type(True & False), type(True & 1), type(-True), True ** 2, True / 2)
x = [1]; y = x
print(x is y, x is [1], x == [1], id(x) == id(y))
t = ()
print(t is (), '' is str(), 1.0 == 1, hash(-1), hash(-2), hash(float('inf')), hash(0.5), hash(2**61 - 1), hash(2**61), hash(-2**61))
print(hash(True), hash(None) == hash(None), hash(1.5) == hash(1.5), hash(10**20) == hash(1e20))
def same(v): return v
big = 10**30
print(same(big) is big, big == 10**30)
z = 1 == 1.0
print(z is True, (not z) is False)

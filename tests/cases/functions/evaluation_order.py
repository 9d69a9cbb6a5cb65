# Order in which calls, displays, subscripts, decorators and defaults evaluate their parts.
def n(v, log=[]):
    print(v, end=' ')
    return v
def show(*a, **k): print('|', a, k)
show(n(1), *[n(2)], n(3), k=n(4), **{'z': n(5)})
show(*n([1]), n(2), **n({'k': 3}), y=n(4))
{n('k1'): n('v1'), n('k2'): n('v2'), **n({'z': 0})}; print()
[n(1), n(2)][n(0)]; print()
d = {}
n(d)[n('key')] = n('value'); print()
def tgt(): print('target', end=' '); return d
tgt()['a'], tgt()['b'] = n(1), n(2); print(d)
def deco(t):
    print('deco', t, end=' ')
    return lambda f: print('apply', t, end=' ') or f
@deco(n(1))
@deco(n(2))
def f(a=n('default'), *, b=n('kwdefault')) -> n('never'): pass
print()
@deco('cls')
class C(n(object), metaclass=n(type)):
    print('body', end=' ')
print()
n(1) + n(2) * n(3) - n(4); print()
n(1) if n(0) else n(2); print()
n(1) and n(0) and n(3) or n(4); print()
x = y = n('once'); print(x, y)
lst = [1, 2, 3]
i = 0
i = lst[i] = 2
print(i, lst)
assert n(True), n('not evaluated')
print()
del d[n('a')], d[n('b')]; print(d)
(lambda a=n('d'): a)(); print()
print(n('a').upper().join([n('b'), n('c')]))
a = [10]
a[0], z = z_ = (n(1), n(2)); print(a, z_)
class Order:
    def __getattr__(self, k): print('get', k, end=' '); return self
    def __call__(self, *a): print('call', end=' '); return self
    def __setattr__(self, k, v): print('set', k, end=' ')
o = Order()
o.a.b(n(1)).c = n(2); print()

# __del__ runs at the moment that the last reference goes.
class D:
    def __init__(self, n): self.n = n
    def __del__(self): print('del', self.n)
def f(a):
    print('in f'); a = None; print('a rebound')
f(D(1)); print('after f')
x = D(2); y = x; del x; print('one left'); y = D(3); print('replaced'); del y
def locs(): a = D('a'); b = D('b'); c = D('c'); print('returning')
locs()
D('temp').n; print('after temp')
print(len([D('l1'), D('l2')]), 'after list')
def ret(): return D('ret')
ret(); print('dropped result'); r = ret(); print('kept'); r = None
l = [D(i) for i in 'xyz']; l.pop(); print('popped'); l[0] = 0; print('item set'); l.clear(); print('cleared')
d = {'k': D('dk')}; d['k'] = D('new'); print('dict replaced'); del d['k']; d['j'] = D('j'); d.clear(); print('dict cleared')
for i in range(2): v = D(f'loop{i}')
print('loop done'); del v
def g():
    a = D('gen local'); yield 1; print('resumed'); yield 2
h = g(); next(h); h.close(); print('closed'); h = g(); next(h); del h; print('gen dropped'); h = g(); next(h); list(h); print('exhausted')
try:
    loc = D('in try'); raise ValueError(D('in exc'))
except ValueError as e: print('handling')
print('handled'); del loc
def raising(): a = D('frame local'); raise KeyError
try: raising()
except KeyError: print('caught')
print('tb gone')
class P: pass
p = P(); p.d = D('attr'); del p; print('owner gone'); p = P(); p.d = D('a1'); p.d = D('a2'); print('attr replaced'); del p.d; print('attr deleted')
D('x') if D('cond') else None; print('cond done')
t = (D('t1'), D('t2')); a, b = t; del t; print('tuple gone'); del a; del b
a = D('arg').n + (D('arg2').n); print(a); s = {D('set')}; s.pop(); print('set popped')
f2 = lambda v=D('default'): v; del f2; print('function gone')
def cell():
    c = D('cell')
    def inner(): return c
    return inner
i = cell(); print('cell alive'); del i; print('cell gone'); class_ = type('K', (), {'z': D('class attr')}); print(class_.z.n); del class_.z; print('end')
m = D('with'); import contextlib
with contextlib.nullcontext(D('cm')) as cmv: print('inside')
print('outside'); del cmv; a = b = D('two'); a = None; print('b holds'); b = None; [D('comp') for _ in range(2)]; print('comp dropped'); D('lhs') is D('rhs'); print('compare done'); print([D('e1'), D('e2')][0].n); print(D('fn arg').n, D('fn arg2').n)

# NameError and UnboundLocalError messages, suggestions, del, global and nonlocal.
def show(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ':', e)
def unbound():
    print(late)
    late = 1
def deleted():
    v = 1
    del v
    return v
def free():
    def inner(): return cell
    r = inner
    if 0: cell = 1
    return r()
def delglobal():
    global nope
    del nope
def deltwice():
    v = 1
    del v
    del v
for f in (unbound, deleted, free, delglobal, deltwice): show(f)
def counter():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    return inc
c = counter()
print(c(), c(5), c())
g = 1
def setg():
    global g, newg
    g = 2
    newg = 3
setg()
print(g, newg)
class C:
    g = 'class'
    def m(self): return g
    def n(self): return __class__.g
    vals = [g for _ in range(2)]
    lam = lambda: g
print(C().m(), C().n(), C.vals, C.lam())
x = 'outer'
class D:
    print(x)
    x = 'inner'
    print(x)
    del x
    print(x)
def f():
    x = 'enclosing'
    class E:
        y = x
        x = 'E'
        z = x
    return E.y, E.z
try:
    print(f())
except NameError as e:
    print(e)
def g2():
    x = 'enclosing'
    class E:
        y = x
        def m(self): return x
    return E.y, E().m()
print(g2())
print(sorted(k for k in locals() if not k.startswith('__'))[:6])

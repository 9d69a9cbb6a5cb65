import gc, weakref
class N: pass
a, b = N(), N()
a.o, b.o = b, a
r = weakref.ref(a)
del a, b
print(r() is not None)
gc.collect()
print(r())

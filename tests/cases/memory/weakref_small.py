import weakref
class C: pass
c = C()
r = weakref.ref(c, lambda r: print('callback'))
print(r() is c)
del c
print(r())

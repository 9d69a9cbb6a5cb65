# Thread-local data that holds other thread-local data, and a ring through it, are collected.
import gc
import threading
import weakref


class Tracked:
    pass


a, b = threading.local(), threading.local()
a.other, b.other = b, a
a.kept = Tracked()
gc.collect()
print(type(a.kept).__name__, a.other is b, b.other is a)


class Local(threading.local):
    pass


ring = Local()
ring.holder = [ring]
ring.tracked = Tracked()
gone = weakref.ref(ring.tracked)
del ring
gc.collect()
print(gone() is None)

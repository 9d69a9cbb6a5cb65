#: stderr
# Exceptions that nobody can catch: __del__, weakref callbacks, and the hook.
import sys, weakref
class D:
    def __del__(self): raise ValueError('in del')
D()
print('alive')
class T: pass
t = T()
def cb(r): raise KeyError('in callback')
r = weakref.ref(t, cb)
del t
print('still alive')
seen = []
sys.unraisablehook = lambda u: seen.append((u.exc_type.__name__, str(u.exc_value), u.err_msg, u.object is not None, u.exc_traceback is not None))
D()
def gen():
    try: yield
    finally: raise OSError('in generator close')
g = gen(); next(g); del g
print(seen)
sys.unraisablehook = sys.__unraisablehook__

#: stderr
# An exception in __del__, in a weakref callback, in a thread, in atexit: reported, and the program goes on.
import atexit, sys, threading, weakref
class D:
    def __del__(self): raise ValueError('del')
class T: pass
D()
t = T()
def callback(r): raise KeyError('callback')
r = weakref.ref(t, callback)
del t
def run(): raise OSError(5, 'thread')
threading.excepthook = lambda a: print('thread died of', repr(a.exc_value), file=sys.stderr)
th = threading.Thread(target=run); th.start(); th.join()
def at_exit(): raise RuntimeError('atexit')
atexit.register(at_exit)
class S:
    def __del__(self): sys.exit(5)
S()
print('the end')

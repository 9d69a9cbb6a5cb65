# os.fork from a thread that is not the first: the child has that thread alone, whose name and locks are whole.
import os, signal, sys, threading, time, warnings
warnings.simplefilter('ignore', DeprecationWarning)
def wait(pid): print('status', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])); sys.stdout.flush()
def child(f):
    sys.stdout.flush(); pid = os.fork()
    if pid: return wait(pid)
    try: f(); sys.stdout.flush(); os._exit(0)
    except BaseException as e: print(type(e).__name__, e); sys.stdout.flush(); os._exit(1)
def from_worker(f):
    w = threading.Thread(target=child, args=(f,), name='worker'); w.start(); w.join()
stop = threading.Event(); held = threading.Lock(); held.acquire()
others = [threading.Thread(target=stop.wait, name=f'other-{n}') for n in range(3)]
spin = threading.Thread(target=lambda: [None for _ in iter(stop.is_set, True)], daemon=True)
for w in others + [spin]: w.start()
def shows():
    me = threading.current_thread()
    print(me.name, type(me).__name__, me is threading.main_thread(), me.ident == threading.get_ident(), threading.active_count(), [w.is_alive() for w in others])
    print(held.acquire(timeout=0.01), stop.wait(0.01)); others[0].join(); print('joined')
def works():
    out = []; w = threading.Thread(target=lambda: out.append(sum(range(10)))); w.start(); w.join(); print(out)
    import gc; print(type(gc.collect()).__name__)
    print(type(list(map(str, [x for x in range(1000)]))).__name__, sys._current_frames().keys() == {threading.get_ident()})
def signals():
    def handler(n, f): raise KeyError(n)
    signal.signal(signal.SIGUSR1, handler)
    try: os.kill(os.getpid(), signal.SIGUSR1); time.sleep(1)
    except KeyError as e: print('handled', e)
def nested(): child(lambda: print(threading.current_thread() is threading.main_thread()))
def exits():
    import atexit; atexit.register(print, 'at exit'); raise SystemExit(3)
def raises(): 1 / 0
for f in shows, works, signals, nested, exits, raises: from_worker(f)
child(shows)
log = []
def hook(name): return lambda: log.append(name)
def bad(): raise ValueError('in a hook')
def show(): print(log)
os.register_at_fork(before=hook('before'), after_in_parent=hook('parent'), after_in_child=hook('child'))
from_worker(show); show(); log.clear()
sys.unraisablehook = lambda u: log.append((type(u.exc_value).__name__, str(u.exc_value)))
os.register_at_fork(before=bad, after_in_parent=bad, after_in_child=bad); from_worker(show); show()
for a in ({}, {'before': 1}, {'bad': print}):
    try: os.register_at_fork(**a)
    except TypeError as e: print(e)
stop.set()
for w in others: w.join()
sys.stdout.flush()
def after_main():
    threading.main_thread().join(); pid = os.fork()
    if pid: wait(pid)
    else: print('child of', threading.current_thread().name); sys.stdout.flush(); os._exit(0)
threading.Thread(target=after_main, name='last').start()

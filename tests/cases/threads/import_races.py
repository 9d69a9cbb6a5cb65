# Threads that import one package at once wait for the one that loads it; nobody sees half a module.
import _imp, sys, threading
def forget():
    for name in [n for n in sys.modules if n.split('.')[0] in ('json', 'csv', 'textwrap', 'shlex')]:
        del sys.modules[name]
def load(barrier, results):
    barrier.wait()
    try:
        import json, csv, textwrap, shlex
        results.append((json.loads('[1]'), csv.reader, textwrap.dedent, shlex.split)[0])
    except Exception as e:
        results.append(repr(e))
bad = []
for _ in range(25):
    forget()
    results, barrier = [], threading.Barrier(8)
    threads = [threading.Thread(target=load, args=(barrier, results)) for _ in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
    if results != [[1]] * 8: bad.append(results)
print(bad)
print(_imp.lock_held())
_imp.acquire_lock(); _imp.acquire_lock(); print(_imp.lock_held())
def other():
    try: _imp.release_lock()
    except RuntimeError as e: print(e)
t = threading.Thread(target=other); t.start(); t.join()
_imp.release_lock(); print(_imp.lock_held()); _imp.release_lock(); print(_imp.lock_held())

# concurrent.futures: results in order, exceptions, cancellation, callbacks, time-outs, shutdown.
import concurrent.futures as cf, threading, time
def err(f, *a, **k):
    try: print(f(*a, **k))
    except BaseException as e: print(type(e).__name__ + ':', e)
with cf.ThreadPoolExecutor(3, thread_name_prefix='pool') as ex:
    print(list(ex.map(lambda v: v * v, range(8))), list(ex.map(pow, [2, 3], [3, 2])), list(ex.map(str, range(5), buffersize=2)))
    f = ex.submit(lambda a, b=1: a + b, 2, b=3); print(f.result(), f.done(), f.running(), f.cancelled(), f.exception())
    g = ex.submit(lambda: 1 / 0); err(g.result); print(repr(g.exception())); err(lambda: list(ex.map(lambda v: 1 // v, [1, 0, 2])))
    ev = threading.Event(); h = ex.submit(ev.wait); err(h.result, 0.01); print(h.cancel()); ev.set(); print(h.result())
    cb = []; k = ex.submit(lambda: 'v'); k.add_done_callback(lambda fu: cb.append(fu.result())); k.result(); time.sleep(0.01); print(cb)
    print(sorted(x.result() for x in cf.as_completed([ex.submit(lambda i=i: i) for i in range(5)]))); d, n = cf.wait([ex.submit(int), ex.submit(str)]); print(len(d), len(n)); print(ex.submit(lambda: threading.current_thread().name.startswith('pool')).result())
    fs = [ex.submit(lambda: 1 / 0), ex.submit(lambda: 1)]; print(cf.wait(fs, return_when=cf.ALL_COMPLETED).not_done)
err(ex.submit, print); err(cf.ThreadPoolExecutor, 0); err(cf.ThreadPoolExecutor, 1, initializer=5)
with cf.ThreadPoolExecutor(1) as ex:
    ev = threading.Event(); a = ex.submit(ev.wait); b = ex.submit(print, 'never'); print(b.cancel(), b.cancelled(), b.cancel()); err(b.result); ev.set()
ini = []
with cf.ThreadPoolExecutor(1, initializer=lambda v: ini.append(v), initargs=('init',)) as ex: ex.submit(int).result()
print(ini)
def fail(): raise ValueError('init failed')
import logging; logging.disable(logging.CRITICAL)
with cf.ThreadPoolExecutor(1, initializer=fail) as ex: err(ex.submit(int).result)
f = cf.Future(); f.set_result(1); err(f.set_result, 2); print(f.result()); f = cf.Future(); f.set_exception(KeyError('k')); err(f.result); print(f)if 0 else print(cf.Future().done())
def work(chunk): return sum(i * i for i in chunk)
for workers in (1, 2, 4):
    with cf.ThreadPoolExecutor(workers) as ex: print(sum(ex.map(work, [range(i, i + 1000) for i in range(0, 8000, 1000)])))
ex = cf.ThreadPoolExecutor(2); ex.submit(time.sleep, 0.01); ex.shutdown(wait=True, cancel_futures=True); print('shut down')

# Infinite and enormous inputs to native loops end by exception, and infinite iterators are not collected eagerly.
import itertools, signal, re
def err(f):
    try: print(f())
    except BaseException as e: print(type(e).__name__ + ':', e)
class Stop(Exception): pass
def alarm(*a): raise Stop('alarm')
signal.signal(signal.SIGALRM, alarm)
def timed(f):
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try: f(); print('finished')
    except Stop as e: print('interrupted')
    finally: signal.setitimer(signal.ITIMER_REAL, 0)
timed(lambda: re.match(r'(a|aa)+$', 'a' * 200 + 'b')); 
def loop():
    while True: pass
timed(loop); import time; timed(lambda: time.sleep(30)); import threading; timed(lambda: threading.Event().wait(30))
l = threading.Lock(); l.acquire(); timed(lambda: l.acquire(timeout=30)); timed(lambda: max(itertools.count(), key=lambda v: v)); timed(lambda: any(False for _ in itertools.count()))
err(lambda: next(zip(itertools.count(), 'a'))); err(lambda: next(map(str, itertools.count()))); a, b = itertools.count(), 5; err(lambda: dict(zip('ab', itertools.count()))); x, y = zip(*zip('ab', itertools.count())); print(x, y); it = itertools.chain.from_iterable(itertools.repeat([1])); print(next(it)); err(lambda: itertools.islice(itertools.count(), 3).__next__())

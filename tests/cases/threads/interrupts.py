# interrupt_main leaves a signal alone that is ignored or does its default; join at the end of the program raises.
import _thread, signal, threading, sys
def handler(number, frame): raise ZeroDivisionError(number)
for number in signal.SIGINT, signal.SIGTERM:
    old = signal.signal(number, signal.SIG_IGN); _thread.interrupt_main(number)
    signal.signal(number, signal.SIG_DFL); _thread.interrupt_main(number)
    signal.signal(number, handler)
    try:
        _thread.interrupt_main(number)
        for _ in range(10): pass
        print('nothing')
    except ZeroDivisionError as e: print('handled', e)
    signal.signal(number, old)
try: _thread.interrupt_main(); print('nothing')
except KeyboardInterrupt: print('KeyboardInterrupt')
for bad in -1, signal.NSIG, 1 << 40, 'a':
    try: _thread.interrupt_main(bad)
    except Exception as e: print(type(e).__name__, e)
for bad in 1 << 1000, 0, -5, 'a':
    try: signal.pthread_sigmask(signal.SIG_BLOCK, [bad])
    except Exception as e: print(type(e).__name__, e)
class Name(str): __hash__ = None
import contextvars
for args, kw in ((), {}), (('a', 'b'), {}), (('a',), {'x': 1}), ((1,), {}), ((Name('a'),), {}):
    try: contextvars.ContextVar(*args, **kw)
    except TypeError as e: print(e)
def run():
    ready.set(); go.wait(); 1 / 0
ready, go = threading.Event(), threading.Event()
sys.stderr, kept = sys.stdout, sys.stderr
t = threading.Thread(target=run, name='worker'); t.start(); ready.wait(); sys.stderr = None; go.set(); t.join(); sys.stderr = kept
class Cycle:
    def __init__(self):
        self.me = self
        self.thread = threading.Thread(target=loop, daemon=True); self.thread.start()
    def __del__(self):
        for timeout in None, 10:
            try: self.thread.join(timeout)
            except BaseException as e: print(type(e).__name__, e, self.thread.is_alive())
def loop():
    while True: pass
Cycle()

# Frames of other threads: what sys tells of them, and locals that are read and written while their thread runs.
import sys, threading, time
stop = threading.Event(); frames = []
def worker():
    frames.append(sys._getframe())
    while not stop.is_set():
        x = [object() for _ in range(5)]; y = {1: x}; z = str(len(x)) * 50; x = y
def gen():
    while True:
        a = [object()] * 3; b = {2: a}; yield b
g = gen(); next(g)
def drive():
    while not stop.is_set():
        for _ in range(100):
            try: next(g)
            except ValueError: pass
def waits(depth):
    if depth: return waits(depth - 1)
    try: raise KeyError('handled')
    except KeyError: ready.set(); stop.wait()
ready = threading.Event()
threads = [threading.Thread(target=worker), threading.Thread(target=drive), threading.Thread(target=waits, args=(3,))]
for t in threads: t.start()
ready.wait()
while not frames: time.sleep(0.001)
n, end = 0, time.monotonic() + 1
while time.monotonic() < end:
    for f in frames[0], g.gi_frame:
        seen = f.f_locals
        for k in list(seen):
            try: str(seen[k])
            except KeyError: pass
        try: seen['y'] = {n: n}
        except KeyError: pass
        f.f_lineno, f.f_back, f.f_generator; n += 1
print(n > 0, frames[0].f_code.co_name, g.gi_frame.f_code.co_name, g.gi_frame.f_generator is g)
try: frames[0].clear()
except RuntimeError as e: print(e)
current = sys._current_frames(); print(sorted(current) == sorted(t.ident for t in threads + [threading.main_thread()]))
f, names = current[threads[2].ident], []
while f: names.append(f.f_code.co_name); f = f.f_back
print(names[-7:]); print(current[threading.get_ident()] is sys._getframe())
for t in threads: e = sys._current_exceptions()[t.ident]; print(repr(e))
del current, f; stop.set()
for t in threads: t.join()
f = frames[0]; print(sorted(f.f_locals), f.f_back.f_code.co_name, len(sys._current_frames())); f.clear(); print(dict(f.f_locals))

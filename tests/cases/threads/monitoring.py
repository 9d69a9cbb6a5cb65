# sys.monitoring: events of all code and of one function, callbacks that raise, places switched off, other threads.
import sys, threading
mon, E = sys.monitoring, sys.monitoring.events
def t(f, *a):
    try: print(f(*a))
    except BaseException as e: print(type(e).__name__, e)
seen = []
def note(name): return lambda code, *a: seen.append((name, code.co_name, *a[1:])) if code.co_name in 'fgenh' or code.co_name == 'gen' else None
def f(x):
    y = g(x)
    return y
def g(x): return x + 1
def gen():
    yield 1
    yield 2
def h():
    try: g('')
    except TypeError as e: return 'caught'
mon.use_tool_id(3, 'case'); t(mon.use_tool_id, 3, 'again'); t(mon.get_tool, 3); t(mon.get_tool, 9); t(mon.set_events, 2, 1); t(mon.get_events, 2); t(mon.set_events, 3, 1 << 40); t(mon.register_callback, 3, 3, None)
names = ['PY_START', 'PY_RESUME', 'PY_RETURN', 'PY_YIELD', 'CALL']
for n in names: t(mon.register_callback, 3, getattr(E, n), note(n))
mon.set_events(3, sum(getattr(E, n) for n in names)); f(1); list(gen()); h(); mon.set_events(3, 0)
print([s if s[0] != 'CALL' else s[:2] for s in seen if s[1] in ('f', 'g', 'gen', 'h')]); seen.clear(); f(1); print(seen, mon.get_events(3))
lines = []
mon.register_callback(3, E.LINE, lambda code, line: lines.append(line - code.co_firstlineno))
mon.set_local_events(3, f.__code__, E.LINE); f(1); h(); print(lines, mon.get_local_events(3, f.__code__), mon.get_events(3)); lines.clear()
def once(code, line): lines.append(line - code.co_firstlineno); return mon.DISABLE
mon.register_callback(3, E.LINE, once); f(1); f(1); print(lines); lines.clear(); mon.restart_events(); f(1); print(lines); lines.clear()
def bad(code, line): raise ValueError(line - code.co_firstlineno)
mon.register_callback(3, E.LINE, bad); t(f, 1); mon.set_local_events(3, f.__code__, 0); t(f, 1)
mon.register_callback(3, E.RAISE, lambda *a: mon.DISABLE); mon.set_events(3, E.RAISE); t(h); mon.set_events(3, 0)
errors = []
mon.register_callback(3, E.PY_UNWIND, lambda code, at, e: errors.append((code.co_name, type(e).__name__)) if code.co_name == 'g' else None); mon.set_events(3, E.PY_UNWIND); h(); mon.set_events(3, 0); print(errors)
stop, count = threading.Event(), []
def works():
    while not stop.is_set(): f(1)
def counted(code, at): count.append(code.co_name)
mon.register_callback(3, E.LINE, None)
ts = [threading.Thread(target=works) for _ in range(3)]
for x in ts: x.start()
mon.register_callback(3, E.PY_START, counted)
for _ in range(100): mon.set_local_events(3, g.__code__, E.PY_START); mon.set_events(3, E.LINE); mon.set_events(3, 0); mon.set_local_events(3, g.__code__, 0)
mon.set_local_events(3, g.__code__, E.PY_START)
while len(count) < 100: pass
mon.free_tool_id(3); stop.set()
for x in ts: x.join()
print(set(count), mon.get_tool(3), mon.get_local_events(3, g.__code__))

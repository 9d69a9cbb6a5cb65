# Context managers: order of enter and exit, suppression, exceptions in exit, several managers.
class CM:
    def __init__(self, n, suppress=False, fail=None): self.n, self.s, self.f = n, suppress, fail
    def __enter__(self):
        print('enter', self.n)
        if self.f == 'enter': raise RuntimeError('enter ' + self.n)
        return self.n
    def __exit__(self, t, v, tb):
        print('exit', self.n, t and t.__name__, v, tb is not None)
        if self.f == 'exit': raise RuntimeError('exit ' + self.n)
        return self.s
with CM('a') as a, CM('b') as b: print(a, b)
with (CM('c') as c, CM('d'),): print(c)
with CM('s', True): raise ValueError('suppressed')
def show(f):
    try: print(f())
    except Exception as e: print(repr(e), repr(e.__context__))
def in_enter():
    with CM('1'), CM('2', fail='enter'): print('never')
def in_exit():
    with CM('1'), CM('2', fail='exit'): raise KeyError('body')
def ret():
    with CM('r'): return 'returned'
def loop():
    for i in range(3):
        with CM(str(i)):
            if i == 0: continue
            if i == 1: break
    return 'looped'
def gen():
    with CM('g'): yield 1; yield 2
for f in (in_enter, in_exit, ret, loop): show(f)
g = gen(); next(g); g.close()
with CM('t') as (x): print(x)
class Tup:
    def __enter__(self): return 1, (2, 3)
    def __exit__(self, *a): print(len(a)); return 'truthy'
with Tup() as (a, (b, c)): print(a, b, c); 1 / 0
class Bool:
    def __enter__(self): pass
    def __exit__(self, *a):
        class B:
            def __bool__(self): print('asked'); return True
        return B()
with Bool(): raise OSError
with Bool(): pass
import contextlib
@contextlib.contextmanager
def cm(v):
    print('before')
    try: yield v
    except ValueError as e: print('caught', e)
    finally: print('after')
with cm(5) as v: print(v); raise ValueError('x')
def noyield():
    @contextlib.contextmanager
    def f(): return; yield
    with f(): pass
def twoyield():
    @contextlib.contextmanager
    def f(): yield; yield
    with f(): pass
show(noyield); show(twoyield)
with contextlib.suppress(KeyError): {}['x']
with contextlib.ExitStack() as st:
    for i in range(3): st.enter_context(CM(f'es{i}'))
    st.callback(print, 'callback'); st.push(lambda *e: print('push', e[0]))
import io
with contextlib.redirect_stdout(io.StringIO()) as out: print('hidden')
print(repr(out.getvalue())); 
with contextlib.nullcontext('n') as n, contextlib.closing(io.StringIO()) as s: print(n)
print(s.closed)
@cm('deco')
def decorated(): return 'result'
print(decorated())

# Coroutines driven by hand: await, send, throw, close, awaitables, messages.
import types, sys, warnings
class Aw:
    def __init__(self, v): self.v = v
    def __await__(self):
        got = yield self.v
        return ('awaited', got)
async def co(x):
    a = await Aw(x)
    b = await inner(a)
    return b
async def inner(v): return v, 'inner'
c = co(1)
print(type(c).__name__, c.__name__, c.cr_frame is not None, c.cr_running, c.cr_await, c.cr_suspended)
print(c.send(None), c.cr_await is not None, c.cr_suspended)
def err(f, *a):
    try:
        print(f(*a))
    except BaseException as e:
        print(type(e).__name__ + ':', e, getattr(e, 'value', ''))
err(c.send, 'reply'); err(c.send, None); err(iter, c); err(next, c); err(lambda: len(c)); err(c.close)
async def bad(): await 5
err(bad().send, None)
class NoIter:
    def __await__(self): return 5
async def bad2(): await NoIter()
err(bad2().send, None)
class CoAw:
    def __await__(self): return inner(1)
async def bad3(): await CoAw()
warnings.simplefilter('ignore'); err(bad3().send, None); 
async def twice():
    i = inner(1); await i; await i
err(twice().send, None)
@types.coroutine
def legacy(): x = yield 'from legacy'; return x
async def uses(): return await legacy()
u = uses(); print(u.send(None)); err(u.send, 5)
async def handles():
    try: await Aw('x')
    except ValueError as e: return f'handled {e}'
    finally: print('co finally')
h = handles(); h.send(None); err(h.throw, ValueError('boom')); h = handles(); h.send(None); h.close(); h = handles(); h.close(); err(h.send, None); h = handles(); err(h.throw, KeyError('unstarted')); err(h.send, None); h = handles(); h.send(None)
async def nested(): return await running
running = nested(); err(running.send, None)
async def stop(): raise StopIteration(5)
err(stop().send, None)
async def lam(): return (lambda: 1)(), [i async for i in agen()], {k: v for k, v in [(1, 2)]}, [await inner(j) for j in range(2)]
async def agen():
    yield 1
    yield 2
err(lam().send, None); h.close()
async def ctx():
    class CM:
        async def __aenter__(self): print('enter'); return 'v'
        async def __aexit__(self, *e): print('exit', e[0]); return True
    async with CM() as v, CM(): print(v); raise ValueError('swallowed')
    return 'after'
err(ctx().send, None)
async def notcm():
    async with 5: pass
err(notcm().send, None)
async def notaiter():
    async for x in [1]: pass
err(notaiter().send, None)
for src in ('await x', 'async def f(): yield from x', 'def f(): await x', 'def f(): async with x: pass', '[x async for x in y]', 'async def f():\n  def g(): return [await x]', 'async def f(): return 1; yield 2', 'async x = 1', 'def f(): async for i in x: pass', 'async def f(): [[await x for _ in y] for z in w]', 'lambda: await x', 'async def f(a=await x): pass'):
    try:
        compile(src, '<c>', 'exec'); print('ok', src)
    except SyntaxError as e:
        print(e.msg, '|', src)

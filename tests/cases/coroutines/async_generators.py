# Async generators: iteration, asend, athrow, aclose, finalisation by hand.
def run(c):
    try:
        while True:
            v = c.send(None)
            print('suspended', v)
    except StopIteration as e:
        return e.value
import types
@types.coroutine
def pause(v): return (yield v)
async def ag():
    try:
        x = yield 1
        print('got', x)
        await pause('p')
        y = yield 2
        print('got', y)
    except ValueError as e:
        print('caught', e)
        yield 'recovered'
    finally:
        print('finally')
async def main():
    print([v async for v in ag()])
    g = ag(); print(await g.asend(None), await g.asend('hi'), await anext(g, 'dflt'))
    g = ag(); await anext(g); print(await g.athrow(ValueError('v'))); await g.aclose()
    g = ag(); await anext(g); await g.aclose(); print(await anext(g, 'closed'))
    try: await anext(g)
    except StopAsyncIteration as e: print(type(e).__name__, e.args)
    g = ag()
    try: await g.asend('x')
    except TypeError as e: print(e)
    try: await g.athrow(KeyError('k'))
    except KeyError as e: print('key', e)
    async def sq(n):
        for i in range(n): yield i * i
    print([i async for i in sq(4) if i], {i async for i in sq(2)}, {i: j async for i in sq(2) for j in 'a'}, [x async for x in (i async for i in sq(3))])
    async for v in sq(3):
        if v == 1: continue
        print(v)
    else: print('else')
    print(type(sq(1)).__name__, repr(sq(1)).split(' at ')[0], sq(1).ag_running, sq(1).__aiter__() is not None)
    try: iter(sq(1))
    except TypeError as e: print(e)
    try: await sq(1)
    except TypeError as e: print(e)
    async def stubborn():
        try: yield 1
        except GeneratorExit: yield 2
    s = stubborn(); await anext(s)
    try: await s.aclose()
    except RuntimeError as e: print(e)
    a = sq(1); first = a.asend(None)
    try: first.send(None)
    except StopIteration as e: print('value', e.value)
    try: first.send(None)
    except RuntimeError as e: print(e)
    async def raises():
        yield 1
        raise StopAsyncIteration('x')
    r = raises(); await anext(r)
    try: await anext(r)
    except RuntimeError as e: print(e, repr(e.__cause__))
    class AI:
        n = 0
        def __aiter__(self): return self
        async def __anext__(self):
            self.n += 1
            if self.n > 2: raise StopAsyncIteration
            return self.n
    print([v async for v in AI()])
    class BadAI:
        def __aiter__(self): return 5
    try:
        async for _ in BadAI(): pass
    except TypeError as e: print(e)
    class BadNext:
        def __aiter__(self): return self
        def __anext__(self): return 5
    try:
        async for _ in BadNext(): pass
    except TypeError as e: print(e, '|', e.__cause__)
    for bad in (lambda: aiter(5), lambda: anext(5)):
        try: bad()
        except TypeError as e: print(e)
    return 'main done'
print(run(main()))

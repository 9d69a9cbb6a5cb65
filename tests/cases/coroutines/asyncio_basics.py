# asyncio: tasks, gather, timeouts, cancellation, queues, locks, task groups; order by the loop.
import asyncio
async def work(n, t): 
    await asyncio.sleep(t)
    print('work', n)
    return n
async def main():
    print(await asyncio.gather(work(1, 0.06), work(2, 0.02), work(3, 0)))
    t = asyncio.create_task(work('t', 10), name='named')
    await asyncio.sleep(0)
    print(t.get_name(), t.done()); t.cancel()
    try: await t
    except asyncio.CancelledError: print('cancelled', t.cancelled())
    try: await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except TimeoutError as e: print('timeout', repr(e))
    try:
        async with asyncio.timeout(0.01): await asyncio.sleep(5)
    except TimeoutError: print('timeout ctx')
    q = asyncio.Queue(2)
    async def prod():
        for i in range(5): await q.put(i)
        await q.put(None)
    async def cons():
        out = []
        while (v := await q.get()) is not None: out.append(v)
        return out
    print((await asyncio.gather(prod(), cons()))[1])
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(work('never', 5))
            async def fail(): await asyncio.sleep(0.01); raise ValueError('in group')
            tg.create_task(fail())
    except* ValueError as eg: print(eg.exceptions, eg.message)
    lock, order = asyncio.Lock(), []
    async def crit(n):
        async with lock:
            order.append(n); await asyncio.sleep(0); order.append(-n)
    await asyncio.gather(*(crit(i) for i in (1, 2, 3))); print(order)
    r = await asyncio.gather(work('a', 0), fail(), return_exceptions=True); print(r)
    print(await asyncio.to_thread(lambda: 'from thread'), await asyncio.get_running_loop().run_in_executor(None, sum, [1, 2]))
    done, pending = await asyncio.wait([asyncio.create_task(work('fast', 0)), asyncio.create_task(work('slow', 5))], return_when=asyncio.FIRST_COMPLETED)
    print(len(done), len(pending)); [p.cancel() for p in pending]
    f = asyncio.get_running_loop().create_future(); asyncio.get_running_loop().call_later(0.01, f.set_result, 'future'); print(await f)
    ev = asyncio.Event(); asyncio.get_running_loop().call_soon(ev.set); print(await ev.wait())
    sem = asyncio.Semaphore(1)
    async with sem: print(sem.locked())
    async def shielded(): await asyncio.sleep(0.02); return 'shield ok'
    inner = asyncio.create_task(shielded()); outer = asyncio.shield(inner); outer.cancel()
    try: await outer
    except asyncio.CancelledError: print('outer cancelled', await inner)
    async for c in (asyncio.as_completed([work('ac', 0)])): print(await c)
    return 'end'
print(asyncio.run(main()))
try:
    asyncio.run(5)
except (TypeError, ValueError) as e:
    print(type(e).__name__, e)
with asyncio.Runner() as r: print(r.run(asyncio.sleep(0, 'runner')))
try:
    asyncio.get_running_loop()
except RuntimeError as e:
    print(e)

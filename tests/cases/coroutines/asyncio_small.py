import asyncio
async def main():
    await asyncio.sleep(0)
    return await asyncio.gather(*(one(i) for i in range(3)))
async def one(i):
    await asyncio.sleep(0.01 * (3 - i))
    return i
print(asyncio.run(main()))

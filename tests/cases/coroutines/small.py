async def add(a, b):
    return a + b
async def main():
    x = await add(1, 2)
    return x * 10
try:
    main().send(None)
except StopIteration as e:
    print(e.value)

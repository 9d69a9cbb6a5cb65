def gen(n):
    for i in range(n):
        got = yield i
        if got:
            print('got', got)
g = gen(3)
print(next(g), g.send('x'), next(g))
try:
    next(g)
except StopIteration:
    print('stopped')
print(list(gen(4)), sum(x * x for x in range(5)))
def chain(*its):
    for it in its:
        yield from it
print(list(chain('ab', [1, 2])))

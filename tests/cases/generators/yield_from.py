# Delegation: values, return values, throw and close passed on, non-generators.
def inner():
    try:
        got = yield 1
        print('inner got', got)
        yield 2
    except ValueError as e:
        print('inner caught', e)
        yield 'handled'
    finally:
        print('inner finally')
    return 'inner result'
def outer():
    r = yield from inner()
    print('result', r)
    yield from [10, 20]
    yield from 'ab'
    yield from (i for i in range(2))
    return 'outer result'
o = outer(); print(next(o), o.send('hello'), next(o), next(o), list(o))
o = outer(); next(o); print(o.throw(ValueError('v')), o.gi_yieldfrom is not None); print(next(o)); o.close()
o = outer(); next(o); o.close(); print('closed')
def lst():
    x = yield from [1, 2]
    return x
l = lst(); next(l)
for f in (lambda: l.send(5), lambda: next(lst()), lambda: next(bad()), lambda: l2.throw(KeyError('k'))):
    def bad(): yield from 5
    l2 = lst(); next(l2)
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
class It:
    def __iter__(self): return self
    def __next__(self): return 'n'
    def send(self, v): return ('sent', v)
    def throw(self, *a): return ('thrown', a)
    def close(self): print('close called')
def d(): yield from It()
g = d(); print(next(g), g.send(5), g.throw(ValueError)); g.close()
def chain(n): 
    if n: return 1 + (yield from chain(n - 1))
    yield 'bottom'
    return 0
c = chain(200); print(next(c))
try:
    next(c)
except StopIteration as e:
    print(e.value)
def flat(v):
    for x in v:
        if isinstance(x, list): yield from flat(x)
        else: yield x
print(list(flat([1, [2, [3, [4]], 5], []])))
def loop():
    while True:
        try:
            yield from range(2)
            return 'done'
        except KeyError:
            print('again')
g = loop(); next(g); g.throw(KeyError()); print(list(g))
def running():
    yield from me
me = running()
try:
    next(me)
except ValueError as e:
    print(e)
def ge():
    try: yield
    except GeneratorExit: print('GE'); raise
def gouter():
    try: yield from ge()
    except BaseException as e: print('outer', type(e).__name__); raise
g = gouter(); next(g); del g
class StopInSend:
    def __iter__(self): return self
    def __next__(self): raise StopIteration('value from class')
def s(): return (yield from StopInSend())
try: next(s())
except StopIteration as e: print(e.value)

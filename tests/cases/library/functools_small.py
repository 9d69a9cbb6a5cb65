import functools
@functools.lru_cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(50), functools.reduce(lambda a, b: a + b, [1, 2, 3]), functools.partial(int, base=2)('101'))
@functools.wraps(fib)
def w(): pass
print(w.__name__)

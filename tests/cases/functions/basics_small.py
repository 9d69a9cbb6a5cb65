def f(a, b=2, *args, c=3, **kw):
    return a, b, args, c, kw
print(f(1))
print(f(1, 5, 6, 7, c=8, d=9))
print(f(*[1, 2], **{'c': 4}))
def outer(x):
    def inner(y):
        return x + y
    return inner
print(outer(1)(2))
print((lambda a, b: a * b)(3, 4))
def fact(n):
    return 1 if n < 2 else n * fact(n - 1)
print(fact(20), fact(30))
def nothing():
    pass
print(nothing())

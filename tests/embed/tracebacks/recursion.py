def f(n):
    return f(n - 1) if n else [].popp()

f(5)

#: exit 1
#: stderr
def f(x):
    return 10 / x
f(0)

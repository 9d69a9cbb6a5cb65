# for/else, while/else, break and continue through try/finally.
for i in range(3):
    if i == 5: break
else:
    print('no break')
while True:
    break
else:
    print('not here')
def f():
    for i in range(5):
        try:
            if i == 1: continue
            if i == 3: break
            print('body', i)
        finally:
            print('finally', i)
    return 'end'
print(f())
def g():
    try:
        return 'try'
    finally:
        print('in finally')
print(g())
def h():
    while True:
        try:
            1 / 0
        except ZeroDivisionError:
            try:
                return 'a'
            finally:
                break
    return 'b'
import warnings
print(h())
def nested():
    r = []
    for i in range(3):
        for j in range(3):
            if j == i: break
            r.append((i, j))
        else:
            r.append('else')
            continue
        r.append('broke')
    return r
print(nested())
n = 5
while n := n - 1:
    print(n, end=' ')
print()
x = [1, 2, 3, 4]
for v in x:
    if v % 2: x.remove(v)
print(x)
for i in range(3):
    i = 10
print(i)
for x.append in range(0): pass
if 0: unreachable
elif '': pass
else: print('else')
assert True, 'no'
try:
    assert (1, 2) == (1, 3), {'why': 'msg'}
except AssertionError as e:
    print(repr(e))
del x, i
try:
    x
except NameError as e:
    print(e)

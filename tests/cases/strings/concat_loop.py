# Building strings piece by piece is linear, and aliases never change.
import time
def build(n):
    s = ''
    for i in range(n):
        s += 'ab'
    return s
def elapsed(n):
    best = 1e9
    for _ in range(5):
        start = time.process_time()
        build(n)
        best = min(best, time.process_time() - start)
    return best
small, large = elapsed(10_000), elapsed(160_000)
print('linear' if large < small * 16 * 6 else f'{large / small:.0f} times the time for 16 times the work')
s = 'x' * 100
t = s
s += 'y'
print(len(t), len(s), t is not s)
d = {'k': 'v' * 50}
u = d['k']
d['k'] += 'w'
print(len(u), len(d['k']))
def param(p):
    p += '!'
    return p
base = 'base'
print(param(base), base)
l = ['a']
c = l[0]
l[0] += 'b'
print(c, l)
class A: name = 'n'
a = A()
a.name += 'm'
print(A.name, a.name)
g = 'g'
def glob():
    global g
    old = g
    g += 'h'
    return old, g
print(glob())

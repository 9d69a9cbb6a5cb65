# Augmented assignment evaluates its target once, reads the left operand first, and stores what the method returns.
log = []
class Sub:
    def __getitem__(self, k): log.append(('get', k)); return 1
    def __setitem__(self, k, v): log.append(('set', k, v))
def key(): log.append('key'); return 'k'
def obj(): log.append('obj'); return s
def val(): log.append('val'); return 5
s = Sub()
obj()[key()] += val()
print(log)
t = ([1], 2)
try:
    t[0] += [2]
except TypeError as e:
    print(e, t)
x = 1
x += (x := 10)
print(x)
x = 2
print(x + (x := 5), x)
a = b = [1]
a += (2, 3)
a *= 2
print(b, a is b)
n = 7
n -= 2; n *= 3; n //= 2; n **= 2; n %= 10; n <<= 3; n >>= 1; n |= 1; n ^= 2; n &= 0xff
print(n)
n /= 4
print(n)
class At:
    pass
o = At()
o.v = 'a'
o.v += 'b'
print(o.v)
try:
    o.w += 1
except AttributeError as e:
    print(e)

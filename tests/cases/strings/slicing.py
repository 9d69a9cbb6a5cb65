# Indexing and slicing of ASCII, two-byte, astral and lone-surrogate strings.
for s in ('abcdef', 'aé€def', 'a😀b😁c', '\ud800x\udfff', ''):
    print(len(s), [s[i].encode('utf-8', 'surrogatepass') for i in range(len(s))])
    print(*(ascii(s[a:b:c]) for a, b, c in ((None, None, -1), (1, -1, None), (-3, None, 2), (10, 0, -2), (None, 2, None), (3, 3, 1), (-100, 100, 3))))
s = 'x😀' * 1000 + 'é'
print(len(s), s[1001] == '😀', s[-1], s[999], s.find('é'), s.rfind('😀'), s.index('é', 1500), s.count('😀x'), len(s[::7]), s[::-1][:2] == 'é😀')
print(s[500:504], s[-3:], ''.join(s[i] for i in range(0, 2000, 500)) == 'xxxx', s == ''.join(list(s)), sorted(set(s)))
for f in (lambda: s[2001], lambda: s[-2002], lambda: s[::0], lambda: s['a'], lambda: s[1.0], lambda: s[1:'a'], lambda: s[None], lambda: ''[0], lambda: ''[-1]):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
class I:
    def __index__(self): return 2
print('abcdef'[I()], 'abcdef'[I():], 'abcdef'[:-I()] if hasattr(I, '__neg__') else 'abcdef'[::I()])
print('abc'[True], 'abc'[-True], 'abc'[2**100:], 'abc'[-2**100:2**100])
try:
    'abc'[2**100]
except IndexError as e:
    print(e)
try:
    s[0] = 'y'
except TypeError as e:
    print(e)
try:
    del s[0]
except TypeError as e:
    print(e)

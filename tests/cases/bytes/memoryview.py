# memoryview: formats, casts, slices, shapes, release.
import array
def err(f, *a):
    try:
        print(f(*a))
    except Exception as e:
        print(type(e).__name__ + ':', e)
m = memoryview(b'abcdef')
print(m[0], m[-1], m[1:3].tobytes(), m[::2].tolist(), len(m), m.nbytes, m.format, m.itemsize, m.ndim, m.shape, m.strides, m.readonly, m.contiguous, m.hex(), m == b'abcdef', bytes(m[::-1]), list(m[::-2]))
err(lambda: m[10]); err(lambda: m['a']); err(lambda: m.__setitem__(0, 1)); err(memoryview, 'x'); err(memoryview, 5); err(lambda: m[1.5]); err(hash, m) if 0 else print(hash(m) == hash(b'abcdef'))
b = bytearray(8)
w = memoryview(b)
w[0] = 1; w[2:4] = b'zz'; print(b); err(w.__setitem__, slice(0, 2), b'abc'); err(w.__setitem__, 0, 256); err(w.__setitem__, 0, 'a'); err(w.__setitem__, 0, -1); err(hash, w)
i = w.cast('I'); print(i.tolist(), i.itemsize, i.shape); i[1] = 0xffffffff; print(b); err(i.__setitem__, 0, 2**32); err(w.cast, 'zz'); err(i.cast, 'h'); err(lambda: w[1:].cast('I'))
c = w.cast('B', [2, 4]); print(c.tolist(), c.ndim, c.shape, c.strides, c[1, 2]); err(lambda: c[0]); err(lambda: c[5, 0]); err(lambda: c[1:])
a = array.array('d', [1.5, 2.5]); d = memoryview(a); print(d.tolist(), d.format, d[1], d == a); d[0] = 9; print(a); err(a.append, 1.0); d.release(); a.append(1.0); print(a, d); err(len, d); err(d.tolist)
with memoryview(b'xy') as q: print(q[0])
err(lambda: q[0]); print(m.tobytes(), m.toreadonly().readonly, w.toreadonly().readonly, m.obj, w.obj is b, m.count(97), m.index(98), 97 in m)
print(memoryview(b'ab') == memoryview(bytearray(b'ab')), memoryview(b'ab') != b'ac', memoryview(b'ab') == 'ab', memoryview(b'')[:].tobytes())
x = memoryview(array.array('i', [1, 2])); print(x == memoryview(array.array('h', [1, 2])), x.cast('B').nbytes, repr(x)[:12], sorted(x), [*x])

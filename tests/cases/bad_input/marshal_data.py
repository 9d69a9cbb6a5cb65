# Truncated and damaged marshal and pickle data raise.
import marshal, pickle
for b in (b'', b'i', b'i\x01\x00', b's\xff\xff\xff\x7f', b'[\xff\xff\xff\x7f', b'\xff', b'l\x01\x00\x00\x00', b'(\x01\x00\x00\x00', b'{i\x01\x00\x00\x00', b'g\x00', b'u\x01\x00\x00\x00\xff', b'r\x00\x00\x00\x00', b'?'):
    try: print(repr(marshal.loads(b)))
    except Exception as e: print(type(e).__name__ + ':', e)
for v in (1, 2**100, -2**40, 1.5, 'é', b'b', (1, 'a'), [1, [2]], {'k': 1}, {1}, frozenset([1]), None, True, ..., 1j, ''): assert marshal.loads(marshal.dumps(v)) == v, v
for v in (object(), len, type):
    try: marshal.dumps(v)
    except ValueError as e: print(e)
code = compile('print("from code")', 'f', 'exec'); exec(marshal.loads(marshal.dumps(code)))
for b in (b'', b'.', b'cos\nsystem', b'\x80\x04', b'\x80\xff.', b'(', b'I1\n', b'Ix\n.', b'\x8c\x05ab', b'0.', b']e.', b'ctypes\nnope\n.', b'\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.'):
    try: print(repr(pickle.loads(b)))
    except Exception as e: print(type(e).__name__)
for p in range(6):
    v = [1, 'é', {'k': (1.5, None)}, {1, 2}, b'x', 2**70, slice(1, 2), print, ValueError('e')]; w = pickle.loads(pickle.dumps(v, p)); assert repr(w) == repr(v), (p, w)
for bad in (lambda: 0, (i for i in ()), open('/dev/null') ):
    try: pickle.dumps(bad)
    except Exception as e: print(type(e).__name__ + ':', str(e).split(' at 0x')[0].split(':')[0])

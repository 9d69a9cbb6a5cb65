# bytes and bytearray: constructors, methods, indexing, messages.
def err(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', e)
print(bytes(3), bytes([1, 2]), bytes('é', 'utf-8'), bytes(b'x'), bytes(range(3)), bytes(), bytearray(b'ab'), bytearray(2), bytes(bytearray(b'q')), bytes(memoryview(b'mv')))
err(bytes, 'a'); err(bytes, -1); err(bytes, [256]); err(bytes, [-1]); err(bytes, ['a']); err(bytes, 1.5); err(bytes, 1, 'utf-8'); err(bytes, None); err(bytearray, 'x'); err(bytes, 'x', 'y'); err(bytes.fromhex, '0g'); err(bytes.fromhex, ' 0a 0B'); err(bytes.fromhex, '123'); err(bytearray.fromhex, 'é')
b = b'Hello World'
print(b[0], b[-1], b[1:4], b[::-1], b.lower(), b.title(), b.find(b'o'), b.find(111), b.count(b'l'), b.replace(b'l', b'L', 1), b.split(), b.split(b'o'), b.partition(b' '), b.hex(), b.hex('-', 4), b.hex(':', -2), 72 in b, b'llo' in b)
err(lambda: 300 in b); err(lambda: 'a' in b); err(b.find, 'o'); err(b.find, 256); err(b.index, b'z'); err(b.split, ''); err(b.split, b''); err(b.join, ['a']); err(b','.join, [b'a', bytearray(b'b')]); err(lambda: b + 'x'); err(lambda: b[20]); err(lambda: b['a']); err(b.startswith, 'H'); err(b.startswith, (b'x', b'H')); err(b.center, 20, 'x'); err(b.center, 15, b'*'); err(b.translate, b'x'); err(b.hex, 'ab'); err(b.decode, 'ascii'); err(b.strip, 'H'); err(b.fromhex, 5)
print(b.strip(b'Hd'), b.zfill(15), b.ljust(13, b'.'), b.expandtabs(), b.splitlines(), b'a\r\nb\x0bc'.splitlines(), b.isalpha(), b'12'.isdigit(), b.swapcase(), b.removeprefix(b'He'), b.translate(None, b'l'), b.translate(bytes(range(256)), b'o'), bytes.maketrans(b'a', b'b')[97])
print(repr(b'\x00\t\n\r\'"\\\x7f\xff'), repr(b"'"), repr(b'\'"'), str(b'x'), repr(bytearray(b'a\'')), b'a' b'b', b'a' < b'b', b'a' == 'a', b'a' == bytearray(b'a'), hash(b'a') == hash(b'a'))
a = bytearray(b'abc')
a[0] = 65; a.append(100); a.extend(b'ef'); a += b'g'; a.insert(1, 33); print(a, a.pop(), a.pop(0)); a.remove(33); a[1:2] = b'XYZ'; print(a); del a[::2]; print(a); a.reverse(); a *= 2; print(a, a.copy() is a); a[:] = b''; print(a)
err(a.pop); err(a.append, 256); err(a.append, 'a'); err(a.remove, 5); err(a.__setitem__, 0, 5); err(a.extend, ['a']); err(a.extend, 5); err(hash, a); err(a.__setitem__, slice(0, 1), 'x'); err(a.__setitem__, slice(None, None, 2), b'abc'); err(lambda: a.insert(0, 256))
a = bytearray(b'abc'); m = memoryview(a)
err(a.append, 1); err(a.clear); m[0] = 90; print(a, bytes(m)); m.release(); a.append(1); print(a); err(lambda: m[0])
a.clear(); a.resize(3); print(a, len(a)); a.take_bytes if hasattr(a, 'take_bytes') else None
print(b'%s|%d' % (b'x', 5), bytes(b'abc').__class__, b'abc'.__getnewargs__(), list(b'ab'), max(b'ab'), b'abc'.rindex(b'c'), b'a,b'.rsplit(b',', 1))

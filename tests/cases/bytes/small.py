b = b'abc'
print(b, b[0], b[1:], b + b'd', len(b), list(b), b.hex(), b.decode(), 'é'.encode())
ba = bytearray(b)
ba[0] = 65
ba.append(100)
print(ba, bytes(ba), b == b'abc', b'b' in b)

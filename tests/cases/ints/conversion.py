# int() of strings, floats, bytes and objects; to and from bytes; bases.
print(int(' 12 '), int('-0x1f', 16), int('0b11', 0), int('1_000'), int('٣'), int(b'42'), int(bytearray(b'7')), int(3.99), int(-3.99), int(True), int())
print(int('z', 36), int('-10', 2), int('0o17', 0), int('+5'), int('0', 0), int('00', 0))
def err(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', e)
for s in ('', ' ', 'x', '1 2', '1__0', '_1', '1_', '0x', '012', '1.5', '\x001', "'"):
    err(int, s); err(int, s, 0)
err(int, 'x' * 300); err(int, b'\xff'); err(int, '9', 8); err(int, '1', 1); err(int, '1', 37); err(int, '1', -1); err(int, 1.5, 10)
err(int, float('nan')); err(int, float('inf')); err(int, None); err(int, []); err(int, 1j); err(int, '1', base='2'); err(int, base=10)
class I:
    def __init__(self, v): self.v = v
    def __int__(self): return self.v
class X:
    def __index__(self): return 7
class T:
    def __trunc__(self): return 9
err(int, I(5)); err(int, I('5')); err(int, X()); err(int, T())
print([10, 20, 30, 40, 50, 60, 70, 80][X()], hex(X()), '%d' % X(), range(X()), 'ab' * X(), (1).__index__())
print((1000).to_bytes(2), (1000).to_bytes(4, 'little'), (-1).to_bytes(2, signed=True), (0).to_bytes(), int.from_bytes(b'\x03\xe8'), int.from_bytes(b'\xff\xff', signed=True), int.from_bytes([1, 2], 'little'))
err((256).to_bytes, 1); err((-1).to_bytes, 1); err((1).to_bytes, -1); err((1).to_bytes, 1, 'middle')
print((255).bit_length(), (-256).bit_length(), (0).bit_length(), (255).bit_count(), (-7).bit_count(), (5).as_integer_ratio(), (6).conjugate(), (6).numerator, (6).denominator, (6).is_integer())
print(hex(2**70), oct(-2**70), bin(2**65), f'{2**70:x}', f'{2**70:,}', f'{-2**70:_b}')
print(str(10**50), repr(-10**50), int(str(3**200)) == 3**200, int('1' * 100))
print(int('100000000000000000000000', 16), int('-zzzzzzzzzzzzzzzzzzzz', 36))
class Sub(int):
    def __repr__(self): return 'Sub'
print(Sub(5), str(Sub(5)), Sub(5) + 1, type(Sub(5) + 1).__name__, f'{Sub(5)}', '%s %d' % (Sub(5), Sub(5)), int(Sub(5)), -Sub(3), int.__repr__(Sub(4)))

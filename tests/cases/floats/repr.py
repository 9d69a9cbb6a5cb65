# Shortest round-trip repr, and conversions from text.
for v in (0.1, 0.1 + 0.2, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308, 2.5, 100.0, 1e100, -1.5e-10, 1 / 3, 9007199254740993.0, 4.35, 0.000123456789):
    print(v, repr(v), str(v), float(repr(v)) == v)
print(float('inf'), float('-INF'), float('nan'), float('+Infinity'), -float('nan'))
print(float(' 1.5\n'), float('1_0.5'), float('1e5'), float('.5'), float('5.'), float('1e-400'), float('٣.٥'), float(b'2.5'))
for s in ('', '.', '1e', 'e5', '1__0', '_1.0', '1._0', '0x10', '1.5.5', 'infin', '1 2', 'nan(1)', '1e5.5', '--1'):
    try:
        print(float(s))
    except ValueError as e:
        print(e)
print((0.1).hex(), (-0.0).hex(), float.fromhex('0x1.8p3'), float.fromhex('inf'), (1e-320).hex())
print((0.5).as_integer_ratio(), (0.1).as_integer_ratio(), (3.0).is_integer(), (1e300).is_integer(), (2.5).__trunc__(), (2.5).__round__(), (-2.5).__floor__(), (-2.5).__ceil__())
for f in (lambda: float('inf').as_integer_ratio(), lambda: int(float('nan')), lambda: float.fromhex('zz'), lambda: float([]), lambda: float(None), lambda: float('1', 2), lambda: float.fromhex('0x1p5000')):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
class F:
    def __float__(self): return 2.5
class BadF:
    def __float__(self): return '2'
class Idx:
    def __index__(self): return 4
print(float(F()), float(Idx()))
try:
    float(BadF())
except TypeError as e:
    print(e)
print(float.from_number(3), 1.5.__class__, 1..real, 5 .imag, 1e3.__int__())

# Division, modulo, powers, comparison with ints, rounding.
import math
inf, nan = math.inf, math.nan
print(5.5 % 2, -5.5 % 2, 5.5 % -2, 5.5 // -2, -0.0 % 5, 5 % inf, -5 % inf, 5 // inf, -5 // inf, inf % 5 if 0 else 'skip')
print(1e308 * 10, -1e308 * 10, inf - inf, inf * 0, 0.0 * -1, 2.0 ** 0.5, 2.0 ** -1074, (-8.0) ** 3)
print((-8) ** (1 / 3), (-1.0) ** 0.5, 0.0 ** 0, nan ** 0, 1 ** nan, inf ** 0)
def err(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__ + ':', e)
err(lambda: 1.0 / 0); err(lambda: 1.0 // 0); err(lambda: 1.0 % 0); err(lambda: 0.0 ** -1); err(lambda: 10.0 ** 400); err(lambda: divmod(1.0, 0.0))
err(lambda: math.sqrt(-1)); err(lambda: math.log(0)); err(lambda: math.exp(1000)); err(lambda: math.floor(inf)); err(lambda: math.ceil(nan)); err(lambda: math.acos(2)); err(lambda: math.fmod(1, 0)); err(lambda: math.pow(0, -1)); err(lambda: math.log(-1)); err(lambda: math.gamma(-1)); err(lambda: math.log(10, 1))
print([round(v) for v in (0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 4503599627370497.5)])
print([round(v, 1) for v in (0.25, 0.35, 1.05, -0.25, 1e22)], round(1.0, 400), round(5e15 + 0.5), round(123.456, -1), round(123.456, -3), round(-0.04, 1))
print(2**53 == 2.0**53, 2**53 + 1 == 2.0**53, 2**53 + 1 > 2.0**53, 1 < 1.5 < 2, 10**400 > inf, 10**400 < inf, -10**400 > -inf, 1 == nan)
print(math.fsum([0.1] * 10), sum([0.1] * 10), sum([1e100, 1.0, -1e100]), math.hypot(3, 4), math.copysign(1, -0.0), math.ulp(1.0), math.nextafter(0, 1), math.frexp(8.5), math.ldexp(0.5, 10), math.modf(-2.5))
print(math.isclose(0.1 + 0.2, 0.3), math.trunc(-2.7), math.floor(-2.5), math.ceil(-2.5), math.remainder(5, 3), round(math.cbrt(27), 12), math.log2(2**100), math.log10(10**30), math.log(10**400), math.dist((0, 0), (3, 4)), math.prod([2, 3.0]), math.sumprod([1, 2], [3, 4]))
print(complex(1, -2), (1 + 2j) * (3 - 1j), (1 + 2j) / (1 - 1j), abs(3 - 4j), (1 + 2j) ** 2, -1j, 1j ** 2, complex('1+2j'), complex(0, -0.0), complex(-0.0, 1), (2 + 0j).conjugate(), 1e400j)
err(lambda: 1j < 2); err(lambda: 1j / 0); err(lambda: int(1j)); err(lambda: 1j // 1); err(lambda: complex('1 + 2j')); err(lambda: complex(1, 'a')); err(lambda: 0j ** -1)

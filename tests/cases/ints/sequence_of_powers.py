# Exact powers, gcds, roots and digit sums of big integers.
import math
print(3**333)
print(sum(map(int, str(2**1000))), len(str(math.factorial(500))), math.factorial(30))
print(math.isqrt(10**60), math.isqrt(10**61), math.isqrt(2**1001 + 1), math.gcd(2**200, 6**100), math.lcm(2**70, 3**40), math.comb(100, 50), math.perm(20, 10))
print(pow(7, 10**30, 10**9 + 7), pow(-7, 3, 10), pow(7, 3, -10), pow(10**40, 10**20, 10**15 + 37), pow(38, -1, 97))
a, b = 0, 1
for _ in range(1000): a, b = b, a + b
print(a)
x = int('123456789' * 50)
print(x * x % 10**20, (x * x) // x == x, divmod(x, 10**100), x % 997, (x << 333) >> 333 == x, hash(x), hash(-x))
print(sum(10**i for i in range(50)), -(10**25) // 3, -(10**25) % 3, (10**25).__floordiv__(7), (2).__rpow__(10))
print(bin(x).count('1'), x.bit_length(), x ^ x >> 1 == 0, (x & -x), (x | 2**2000).bit_length(), ~x + x)
print(float(2**53 + 1), float(2**54 + 2), float(2**1023 * 2 - 2**971), int(1e23), int(2.0**80), 2**53 + 1 == float(2**53 + 1), 10**22 == 1e22, 10**23 == 1e23, 10**23 < 1e23, 2**63 > 9.3e18)
print(round(12345678901234567890, -5), round(-15, -1), round(25, -1), round(10**30, -30), round(5 * 10**29, -30), round(15 * 10**29, -30))
try:
    math.factorial(-1)
except ValueError as e:
    print(e)
try:
    math.isqrt(-1)
except ValueError as e:
    print(e)

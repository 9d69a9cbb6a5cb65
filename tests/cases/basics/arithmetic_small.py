x = 7
y = 2
print(x + y, x - y, x * y, x // y, x % y, x ** y, x / y, -x, +y, ~x)
print(x & y, x | y, x ^ y, x << y, x >> 1)
print(x > y, x < y, x == y, x != y, x >= 7, y <= 1)
print(1.5 + 2, 3 * 0.5, 7 / 2, 2 ** 0.5)
print(True and 'yes' or 'no', not x, None or 0)

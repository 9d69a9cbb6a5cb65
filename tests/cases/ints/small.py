print(2 ** 100, 10 ** 30 // 7, -7 // 2, -7 % 3, divmod(17, 5), abs(-5))
print(int('ff', 16), hex(255), bin(10), 0xff, 1_000)
big = 123456789012345678901234567890
print(big * big, big - big, big % 97, big == big + 0, big > 5)
x = 4611686018427387903
print(x + 1, -x - 2, x * 2, x * x)

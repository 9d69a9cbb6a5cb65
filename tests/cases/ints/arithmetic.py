# Small and big integers across the boundaries of machine words.
edges = [0, 1, -1, 2**30, -2**30, 2**31 - 1, 2**61, -2**61, 2**62 - 1, 2**62, -2**62, -2**62 - 1, 2**63 - 1, 2**63, -2**63, 2**64, 10**40, -10**40]
for a in edges[3:]:
    print(a + 1, a - 1, a * 2, -a, abs(a), ~a, a >> 1, a << 1, a & 0xFFFF, a | 1, a ^ -1)
total = 0
for a in edges:
    for b in edges:
        total = total * 31 + (a + b) ^ (a - b) ^ (a * b) & (1 << 200) - 1
        if b:
            q, r = divmod(a, b)
            assert q * b + r == a and abs(r) < abs(b) and (r == 0 or (r < 0) == (b < 0)), (a, b)
            total ^= q ^ r
        total ^= (a < b) + (a == b) * 2 + (a <= b) * 4
        total %= 10**50
print(total)
print(2**62 * 2, 2**31 * 2**31, (2**32 - 1) * (2**32 - 1), 3037000500 * 3037000500, -(2**63) // -1, -(2**62) * -1)
print((-7) // 2**70, (-7) % 2**70, 2**70 // -7, 2**70 % -7, -(2**70) // 2**70)
print(1 << 100, (1 << 100) >> 99, -1 >> 1000, -5 >> 1, 5 >> 10**20, 0 << 10**20)
print(10**20 / 10**10, 10**400 / 10**399, 1 / 3, -7 / 2, 2**1023 / 1.0 == 2.0**1023)
for f in (lambda: 1 // 0, lambda: 1 % 0, lambda: 1 / 0, lambda: 10**400 / 1, lambda: 1.0 + 10**400, lambda: 0 ** -1, lambda: 1 << -1, lambda: 1 >> -1, lambda: 10**30 // 0, lambda: float(10**400), lambda: 1 << 2**100):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)

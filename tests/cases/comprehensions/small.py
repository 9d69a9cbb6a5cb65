print([x * 2 for x in range(5) if x != 3])
print({x: x * x for x in range(3)}, sorted({x % 3 for x in range(10)}))
print([(x, y) for x in 'ab' for y in (1, 2)])
n = 10
print([n + i for i in range(3)], list(map(lambda v: v + n, [1, 2])))
m = [[1, 2], [3, 4]]
print([[row[i] for row in m] for i in range(2)])

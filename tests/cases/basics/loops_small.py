total = 0
for i in range(10):
    if i % 2:
        continue
    if i > 6:
        break
    total += i
else:
    print('never')
print(total)
n = 10
while n:
    n -= 3
    if n < 0:
        break
print(n)
for i in []:
    pass
else:
    print('empty')
for a, b in [(1, 2), (3, 4)]:
    print(a * b)

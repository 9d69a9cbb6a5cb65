l = [3, 1, 2]
l.append(5)
l.sort()
print(l, len(l), l[0], l[-1], l[1:3], 2 in l, max(l), sum(l))
l[0] = 9
del l[1]
l += [7]
print(l, l.index(7), l.pop(), l, l[::-1], [0] * 3, [1] + [2])
a, *b = l
print(a, b)
for i, v in enumerate(l):
    print(i, v)

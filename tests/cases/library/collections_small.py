from collections import Counter, deque, defaultdict
print(Counter('hello').most_common(2), deque([1, 2, 3], maxlen=2), defaultdict(int)['x'])
d = defaultdict(list)
d['a'].append(1)
print(dict(d))

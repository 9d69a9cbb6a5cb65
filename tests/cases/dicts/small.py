d = {'a': 1}
d['b'] = 2
print(d, d['a'], d.get('z'), len(d), 'a' in d, list(d.items()))
del d['a']
for k, v in d.items():
    print(k, v)
print({**d, 'c': 3}, dict(x=1), d == {'b': 2}, sorted({'z': 1, 'y': 2}))
try:
    d['missing']
except KeyError as e:
    print('KeyError', e)

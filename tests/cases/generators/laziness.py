# Generators interleave with their consumers; itertools over infinite ones; expression scopes.
import itertools
def naturals():
    n = 0
    while True:
        print(f'[{n}]', end='')
        yield n
        n += 1
print(list(itertools.islice(naturals(), 3)))
print(list(zip(naturals(), 'ab')))
print(next(x for x in naturals() if x > 2))
print(list(itertools.takewhile(lambda v: v < 2, naturals())))
a, b = itertools.tee(itertools.islice(naturals(), 3)); print(next(a), list(b), list(a))
def sieve():
    def filt(p, s): return (x for x in s if x % p)
    s = itertools.count(2)
    while True:
        p = next(s); yield p; s = filt(p, s)
print(list(itertools.islice(sieve(), 12)))
g = (x * y for x in range(3) for y in range(x)); print(list(g), list(g))
def pipeline(lines):
    stripped = (l.strip() for l in lines)
    nonempty = (l for l in stripped if l)
    return {k: v for k, _, v in (l.partition('=') for l in nonempty)}
print(pipeline(['a=1\n', '\n', ' b = 2 ']))
print([list(g) for _, g in itertools.groupby('aabbba')], list(itertools.chain.from_iterable(['ab', 'c'])), list(itertools.accumulate([1, 2, 3], initial=10)), list(itertools.batched('abcde', 2)), list(itertools.pairwise('abc')), list(itertools.product('ab', repeat=2))[:3], list(itertools.permutations([1, 2, 3], 2))[:3], list(itertools.combinations('abc', 2)), list(itertools.combinations_with_replacement('ab', 2)), list(itertools.zip_longest('ab', [1], fillvalue='-')), list(itertools.starmap(pow, [(2, 3)])), list(itertools.compress('abc', [1, 0, 1])), list(itertools.filterfalse(None, [0, 1, ''])), list(itertools.dropwhile(str.isdigit, '12a3')), list(itertools.islice(itertools.cycle('ab'), 5)), list(itertools.repeat(7, 2)), list(itertools.islice(itertools.count(1, 0.5), 3)))
it = iter('abcdef')
for c in it: print(c + next(it), end=' ')
print()
def countdown(n):
    while n > 0:
        s = yield n
        n = s if s is not None else n - 1
c = countdown(5); print(next(c), next(c), c.send(10), next(c), sum(countdown(4)), max(countdown(3)), sorted(countdown(3)), [*countdown(2)], {*countdown(2)}, dict(enumerate(countdown(2))), ''.join(map(str, countdown(3))), 3 in countdown(5), all(countdown(3)))
x, *y = countdown(3); print(x, y, len(list(countdown(1000))))
try:
    list(itertools.islice([], -1))
except ValueError as e:
    print(e)
try:
    list(itertools.batched('a', 0))
except ValueError as e:
    print(e)

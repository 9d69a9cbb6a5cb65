# Assignment targets, starred targets, swaps, and the messages of mismatches.
a, b = 1, 2
a, b = b, a
print(a, b)
a, *b, c = range(5)
print(a, b, c)
*a, = 'xy'
print(a)
[a, (b, *c)], d = [1, (2, 3, 4)], 5
print(a, b, c, d)
i = 0
l = [0, 0, 0]
i, l[i] = 1, 'set'
print(i, l)
x = [1, 2, 3]
x[0], x[1:] = 9, 'ab'
print(x)
def show(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
def too_many(): a, b = 1, 2, 3
def too_few(): a, b, c = 1, 2
def star_few(): a, b, *c = [1]
def none(): a, b = None
def integer(): a, b = 1
def gen_many(): a, b = (i for i in range(3))
def dict_many(): a, = {'x': 1, 'y': 2}
def empty(): a, = []
for f in (too_many, too_few, star_few, none, integer, gen_many, dict_many, empty): show(f)
class It:
    def __iter__(self):
        yield 1
        raise ValueError('from iterator')
def raising(): a, b = It()
show(raising)
for k, (v, *w) in {'a': (1, 2, 3)}.items(): print(k, v, w)
print(*[1, 2], *(3,), sep='-', **{'end': '!\n'})

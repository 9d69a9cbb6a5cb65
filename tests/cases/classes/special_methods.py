# __getattr__, __getattribute__, __setattr__, containers, calls, context, numeric and comparison fallbacks; lookup on the type.
def err(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', e)
class G:
    x = 1
    def __getattr__(self, n):
        if n.startswith('d'): return 'dyn ' + n
        raise AttributeError(f'custom {n}')
    def __setattr__(self, n, v): print('set', n, v); super().__setattr__(n, v)
    def __delattr__(self, n): print('del', n); super().__delattr__(n)
    def __dir__(self): return ['z', 'a']
g = G(); print(g.x, g.dd); err(lambda: g.nope); g.y = 2; del g.y; print(dir(g), hasattr(g, 'd'), hasattr(g, 'n'), getattr(g, 'n', 'dflt')); err(delattr, g, 'q')
class GA:
    def __getattribute__(self, n): return 'all ' + n if n != 'raise' else object.__getattribute__(self, n)
    def __getattr__(self, n): return 'fallback ' + n
print(GA().x, getattr(GA(), 'raise'), GA().__class__)
class Inst: pass
i = Inst(); i.__len__ = lambda: 5; i.__call__ = lambda: 1; i.__iter__ = lambda: iter([1]); err(len, i); err(i); err(iter, i); err(lambda: i[0]); Inst.__len__ = lambda s: 7; print(len(i), bool(i)); Inst.__bool__ = lambda s: False; print(bool(i)); del Inst.__len__; err(len, i)
class Seq:
    def __getitem__(self, k):
        if k >= 3: raise IndexError
        return k * 10
    def __len__(self): return 3
s = Seq(); print(list(s), 20 in s, 5 in s, list(reversed(s)), [*s], max(s), sum(s), tuple(s)); a, b, c = s; print(a, b, c, list(iter(s)), list(zip(s, s)))
class C:
    def __contains__(self, v): return v
    def __call__(self, *a, **k): return a, k
    def __index__(self): return 3
    def __hash__(self): return 7
    def __missing__(self, k): return k
    def __reversed__(self): return 'rev'
    def __length_hint__(self): return 2
    def __sizeof__(self): return 3
    def __bytes__(self): return b'bytes'
    def __complex__(self): return 1j
    def __round__(self, n=None): return ('round', n)
    def __divmod__(self, o): return 'dm'
    def __rpow__(self, o, m=None): return ('rpow', o)
    def __pow__(self, o, m=None): return ('pow', o, m)
    def __abs__(self): return 'abs'
    def __invert__(self): return 'inv'
    def __neg__(self): return 'neg'
    def __pos__(self): return 'pos'
    def __format__(self, s): return 'fmt' + s
    def __trunc__(self): return 1
    def __floor__(self): return 'fl'
c = C(); print(1 in c, '' in c, c(1, k=2), 'abcd'[c], hash(c), reversed(c), bytes(c), complex(c), round(c), round(c, 2), divmod(c, 1), 2 ** c, c ** 2, pow(c, 2, 3), abs(c), ~c, -c, +c, f'{c:x}', [1, 2, 3, 4][c], bin(c), range(c), __import__('math').floor(c))
class N:
    def __eq__(self, o): return NotImplemented
    def __lt__(self, o): return NotImplemented
    def __add__(self, o): return NotImplemented
    __hash__ = None
    __iter__ = None
    __contains__ = None
    def __getitem__(self, i): return i
n = N(); print(n == 1, n != 1, n == n); err(lambda: n < 1); err(lambda: n + 1); err(lambda: 1 + n); err(hash, n); err(iter, n); err(lambda: 1 in n); err(lambda: n * 2); err(lambda: n >= N()); err(lambda: {n})
class Sub(int):
    def __add__(self, o): return 'Sub.add'
    def __radd__(self, o): return 'Sub.radd'
print(1 + Sub(2), Sub(1) + 2, Sub(1) + Sub(2), 1.0 + Sub(2), int.__add__(1, Sub(2)), Sub(5) * 2)
class E:
    def __enter__(self): return 5
err(exec, 'with e: pass', {'e': E()}); err(exec, 'with e: pass', {'e': 5}); err(exec, 'async def f():\n async with e: pass\nf().send(None)', {'e': E()})
class BadIter:
    def __iter__(self): return 5
class NoNext:
    def __iter__(self): return self
class BadHint:
    def __iter__(self): return iter([1])
    def __length_hint__(self): return -1
err(list, BadIter()); err(list, NoNext()); err(list, BadHint()); err(next, NoNext()); err(lambda: [*5]); err(lambda: sum(5)); err(lambda: 'a'.join(5)); err(lambda: dict(5))

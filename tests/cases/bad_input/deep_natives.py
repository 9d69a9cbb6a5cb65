# Natives inside natives, sources too deep for the parser, and sizes that no memory has: an exception each, and the process lives.
import ast, io, itertools, types
def err(f):
    try:
        r = f(); print('made', type(r).__name__)
    except (MemoryError, RecursionError, SyntaxError) as e: print('refused', 'too many' in str(e))
    except Exception as e: print(type(e).__name__ + ':', e)
def lives(f):
    # How deep is enough differs from one machine to another.
    try: f()
    except RecursionError: pass
    print('lives')
it = iter([1])
for _ in range(20_000): it = itertools.chain(it)
lives(lambda: next(it)); del it
it = iter([1])
for _ in range(20_000): it = map(abs, it)
lives(lambda: list(it)); del it
p = {1: 2}
for _ in range(20_000): p = types.MappingProxyType(p)
lives(lambda: p[1]); lives(lambda: 1 in p); lives(lambda: len(p)); del p
lives(lambda: ast.parse('+'.join(['a'] * 20_000)))
err(lambda: compile('lambda: ' * 20_000 + '1', 's', 'eval')); err(lambda: compile('f"{' * 160 + '1' + '}"' * 160, 's', 'eval')); err(lambda: compile('**'.join(['1'] * 20_000), 's', 'eval')); err(lambda: compile('f"{' * 140 + '1' + '}"' * 140, 's', 'eval'))
def far(): s = io.StringIO(); s.seek(2**62); s.write('x')
err(far)
class S(str): __slots__ = ('a', 'b')
s = S('text'); s.a = [1]; print(s, s.a, hasattr(s, 'b'), hasattr(s, '__dict__'))
for t in (type(iter([])), type(len), type({}.keys()), type(zip()).__base__, types.CodeType):
    err(lambda: t())
err(lambda: object.__new__(type(iter([])))); print(repr(BaseException.__new__(SyntaxError)))
def g(): return (yield from ())
def outer(): return 5; yield
try: next(outer())
except StopIteration as e: print(e.value)
class Stop:
    def __iter__(self): return self
    def __next__(self): raise StopIteration('said')
def d(): return (yield from Stop())
try: next(d())
except StopIteration as e: print(e.value)
try: next(Stop())
except StopIteration as e: print(e.value, e.__traceback__.tb_next.tb_frame.f_code.co_name)

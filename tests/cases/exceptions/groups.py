# ExceptionGroup: split, subgroup, derive, except*, nesting and messages.
def err(f, *a):
    try:
        print(repr(f(*a)))
    except BaseException as e:
        print(type(e).__name__ + ':', e)
eg = ExceptionGroup('top', [ValueError(1), TypeError('t'), ExceptionGroup('inner', [ValueError(2), KeyError('k')])])
print(eg, repr(eg), eg.message, len(eg.exceptions), eg.split(ValueError), eg.subgroup(KeyError), eg.subgroup(lambda e: isinstance(e, TypeError)), eg.split(OSError), eg.subgroup((ValueError, TypeError)), eg.derive([OSError(1)]), sep='\n')
err(ExceptionGroup, 'm', []); err(ExceptionGroup, 'm', 5); err(ExceptionGroup, 5, [ValueError()]); err(ExceptionGroup, 'm', [5]); err(ExceptionGroup, 'm', [KeyboardInterrupt()]); err(BaseExceptionGroup, 'm', [ValueError()]); err(BaseExceptionGroup, 'm', [KeyboardInterrupt()]); err(ExceptionGroup, 'm'); err(eg.split, 5); err(eg.subgroup, None); err(ExceptionGroup[int] if 0 else lambda: ExceptionGroup[int])
def handle(exc):
    try:
        raise exc
    except* ValueError as e:
        print('V', repr(e))
    except* (TypeError, KeyError) as e:
        print('TK', repr(e))
    else:
        print('else')
    finally:
        print('finally')
handle(eg); handle(ValueError('naked')); err(handle, OSError('unhandled')); err(handle, ExceptionGroup('mix', [OSError(5), ValueError(6)]))
try:
    try: raise ExceptionGroup('g', [ValueError(1), KeyError(2)])
    except* ValueError: raise RuntimeError('new')
except BaseException as e: print(repr(e), repr(e.exceptions[0].__context__))
try:
    try: raise ExceptionGroup('g', [ValueError(1), KeyError(2)])
    except* ValueError: raise
    except* KeyError as k: raise OSError('x') from k
except BaseException as e: print(repr(e))
def ret():
    try: 1
    except* ValueError: pass
    else: return 'returned'
print(ret())
try:
    try: raise ExceptionGroup('eg', [ValueError()])
    except* ExceptionGroup: pass
except TypeError as e: print(e)
try:
    try: raise ExceptionGroup('eg', [ValueError()])
    except* 5: pass
except TypeError as e: print(e)
class My(ExceptionGroup):
    def __new__(cls, m, e, code): o = super().__new__(cls, m, e); o.code = code; return o
    def derive(self, e): return My(self.message, e, self.code)
m = My('mine', [ValueError(), KeyError()], 7); m.add_note('n'); a, b = m.split(ValueError); print(type(a).__name__, a.code, b.code, a.__notes__, repr(b))
for src in ('try: pass\nexcept* V: break', 'while 1:\n try: pass\n except* V: break', 'try: pass\nexcept*: pass', 'try: pass\nexcept* V: pass\nexcept K: pass', 'def f():\n try: pass\n except* V: return 1', 'try: pass\nexcept V, K: pass', 'try: pass\nexcept V, K as e: pass', 'try: pass\nexcept* V, K: pass', 'try: pass', 'try: pass\nelse: pass', 'try: pass\nexcept: pass\nexcept V: pass', 'try: pass\nfinally: pass\nelse: pass', 'except V: pass', 'try: pass\nexcept V as e.x: pass', 'try: pass\nexcept V as (a): pass', 'raise x from', 'raise x, y', 'for i in x:\n try: pass\n except* V:\n  for j in y: continue'):
    try:
        compile(src, '<g>', 'exec'); print('ok', repr(src))
    except SyntaxError as e:
        print(e.msg, '|', repr(src))

# Traceback and frame objects: lines, names, locals, limits, and with_traceback.
import sys, traceback
def f(n):
    local = n * 2
    if n == 0: raise ValueError('deep')
    f(n - 1)
try: f(3)
except ValueError as e:
    tb = e.__traceback__; names = []
    while tb:
        names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_frame.f_locals.get('local'))); tb = tb.tb_next
    print(names)
    print(len(traceback.extract_tb(e.__traceback__)), traceback.extract_tb(e.__traceback__)[-1].name, traceback.extract_tb(e.__traceback__)[-1].line, [fs.lineno for fs in traceback.extract_tb(e.__traceback__, limit=2)], [fs.lineno for fs in traceback.extract_tb(e.__traceback__, limit=-1)])
    saved = e
try: raise saved.with_traceback(None)
except ValueError as e: print(len(traceback.extract_tb(e.__traceback__)))
def rec(n): rec(n - 1) if n else 1 / 0
try: rec(20)
except ZeroDivisionError: print(traceback.format_exc().count('rec(n - 1)'), [l for l in traceback.format_exc().splitlines() if 'repeated' in l or 'Previous' in l])
fr = sys._getframe(); print(fr.f_code.co_name, fr.f_back, fr.f_lineno, fr.f_globals is globals(), fr.f_builtins is __builtins__.__dict__, fr.f_locals is not None)
def caller():
    v = 1
    return callee()
def callee():
    b = sys._getframe(1)
    return b.f_code.co_name, b.f_locals['v'], b.f_lineno, sys._getframe().f_back is b, [s.name for s in traceback.extract_stack()]
print(caller())
try: sys._getframe(1000)
except ValueError as e: print(e)
def locs():
    x = 1
    l = sys._getframe().f_locals
    l['x'] = 5; l['new'] = 6
    return x, l['new'], sorted(l), 'new' in locals()
print(locs())
print(''.join(traceback.format_exception_only(ValueError('multi\nline'))), end='')
print(traceback.format_exception_only(SyntaxError('bad', ('file.py', 3, 5, 'x = = 1\n', 3, 6))))
print(traceback.format_exception_only(KeyError("k")), traceback.format_exception_only(ValueError()), traceback.format_list([('f', 1, 'n', 'line')]))
class E(Exception):
    def __str__(self): raise RuntimeError('no str')
print(traceback.format_exception_only(E()))
E.__module__ = 'some.module'; print(traceback.format_exception_only(E('x'))[0].strip()); E.__qualname__ = 'Outer.E'; print(traceback.format_exception_only(E('x'))[0].strip())
class N(Exception): __module__ = 'builtins'
print(traceback.format_exception_only(N('b'))[0].strip()); n = ValueError('v'); n.__notes__ = 5; print(traceback.format_exception_only(n)); n.__notes__ = ['ok', 3]; print(traceback.format_exception_only(n))
te = traceback.TracebackException.from_exception(saved, capture_locals=True); print([list(s.locals or ())[:1] for s in te.stack][-1:], te.exc_type_str, str(te))
try:
    try: 1 / 0
    finally: del fr
except ZeroDivisionError as z: print(z.__traceback__.tb_lineno, z.__traceback__.tb_lasti >= 0, z.__traceback__.tb_next)
import types
try: types.TracebackType(5, None, 0, 0)
except TypeError as e: print(e)

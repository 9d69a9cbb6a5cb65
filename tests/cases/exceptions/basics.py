# Raising, chaining, contexts, args, str and repr of exceptions, finally, else.
def err(f, *a):
    try:
        print(f(*a))
    except BaseException as e:
        print(type(e).__name__ + ':', e)
def chained():
    try:
        1 / 0
    except ZeroDivisionError as e:
        raise ValueError('second') from e
def context():
    try:
        {}['k']
    except KeyError:
        [][1]
def none():
    try:
        1 / 0
    except ZeroDivisionError:
        raise ValueError('from none') from None
for f in (chained, context, none):
    try: f()
    except Exception as e: print(repr(e), repr(e.__cause__), repr(e.__context__), e.__suppress_context__, e.__traceback__ is not None)
def bad1(): raise 5
def bad2(): raise int
def bad3(): raise
def bad4(): raise ValueError from 5
def bad5():
    try: pass
    finally: raise ValueError('in finally')
def bad6():
    try: 1 / 0
    except 5: pass
def bad7():
    try: 1 / 0
    except (ValueError, 'x'): pass
def bad8(): raise type('E', (ValueError,), {'__init__': lambda s: 1 / 0})
def bad9(): raise NotImplemented
def bad10(): raise type('F', (Exception,), {'__new__': lambda c: 5})
for f in (bad1, bad2, bad3, bad4, bad5, bad6, bad7, bad8, bad9, bad10): err(f)
print(repr(ValueError()), str(ValueError()), repr(ValueError('a')), repr(ValueError('a', 1)), str(ValueError('a', 1)), str(KeyError('k')), str(KeyError('a', 'b')), repr(KeyError('k')), ValueError(1, 2).args, Exception(()) , repr(Exception((1,))))
e = OSError(2, 'msg', 'file'); print(e, repr(e), e.errno, e.strerror, e.filename, type(e).__name__, OSError(13, 'x').__class__.__name__, OSError('a'), OSError(1, 'b').args, OSError(2, 'm', 'f1', None, 'f2'), OSError(17, 'e').__class__, BlockingIOError(11, 'x', 5).characters_written)
print(repr(StopIteration(5).value), repr(StopIteration().value), SystemExit(3).code, SystemExit().code, SystemExit(1, 2).code, UnicodeDecodeError('u', b'abc', 1, 2, 'why'), UnicodeEncodeError('u', 'abc', 0, 2, 'why'), ImportError('m', name='n', path='p').name, AttributeError('a', name='n', obj=5).obj, NameError('x', name='q').name, SyntaxError('s', ('f', 1, 2, 'text')).lineno, SyntaxError('only').msg)
err(UnicodeDecodeError, 'a'); err(SyntaxError, 'm', 5); err(lambda: ImportError('x', bad=1)); err(lambda: ValueError(x=1)); err(lambda: AttributeError(zz=1)); err(setattr, e, 'args', 5); err(setattr, e, '__cause__', 5); err(setattr, e, '__traceback__', 5); err(setattr, e, '__context__', 'x'); err(delattr, e, 'args'); err(delattr, e, '__cause__'); err(lambda: e.with_traceback(5))
def flow():
    r = []
    for mode in range(3):
        try:
            r.append('try')
            if mode == 1: raise KeyError
            if mode == 2: continue
        except KeyError: r.append('except')
        else: r.append('else')
        finally: r.append('finally')
    return r
print(flow())
try: raise KeyError('bound')
except KeyError as exc: pass
try: exc
except NameError as e: print(e)
class Custom(Exception):
    def __init__(self, a, b): self.a, self.b = a, b
    def __str__(self): return f'{self.a}-{self.b}'
c = Custom(1, 2); print(c, repr(c), c.args, isinstance(c, Exception), [k.__name__ for k in Custom.__mro__])
def nested():
    try:
        try: raise ValueError('a')
        finally: raise KeyError('b')
    except KeyError as e: return repr(e.__context__)
print(nested())
def reraise():
    try:
        try: 1 / 0
        except ZeroDivisionError as e: e.mark = 1; raise
    except Exception as e: return e.mark
print(reraise()); a = ValueError('a'); b = KeyError('b')
try:
    try: raise a
    except ValueError: raise b
except KeyError:
    try: raise a
    except ValueError as x: print(repr(x.__context__), repr(b.__context__))
import sys
print(sys.exc_info(), sys.exception())
try: 1 / 0
except: print(sys.exc_info()[0].__name__, repr(sys.exception()))
e = ValueError('n'); e.add_note('note 1'); e.add_note('note 2'); print(e.__notes__); err(e.add_note, 5)

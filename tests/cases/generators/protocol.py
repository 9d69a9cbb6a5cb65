# send, throw, close, return values, states, and misuse.
def err(f, *a):
    try:
        print(repr(f(*a)))
    except BaseException as e:
        print(type(e).__name__ + ':', e, *([] if not isinstance(e, StopIteration) else [e.value]))
def g():
    try:
        x = yield 1
        print('got', x)
        y = yield x
        print('got', y)
        return 'ret'
    finally:
        print('finally')
i = g()
err(i.send, 'early'); err(next, i); err(i.send, 'a'); err(i.send, 'b'); err(next, i); err(i.send, 1); err(i.close); print(i.gi_frame, i.gi_running, i.gi_yieldfrom, i.gi_suspended, i.gi_code.co_name)
def h():
    while True:
        try:
            yield 'y'
        except ValueError as e:
            print('caught', e)
            yield 'recovered'
i = h(); err(i.throw, ValueError('first')); i = h(); next(i); err(i.throw, ValueError('v')); err(i.throw, KeyError('k')); err(next, i); i = h(); next(i); err(i.close); err(next, i); err(i.throw, KeyError); i = h(); next(i); err(i.throw, 5); err(i.throw, int)
def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2
i = stubborn(); next(i); err(i.close); i.close()
def closing():
    try:
        yield 1
    except GeneratorExit:
        return 'closed value'
i = closing(); next(i); err(i.close); i = closing(); err(i.close)
def raises():
    yield 1
    raise StopIteration('inner')
i = raises(); next(i); err(next, i)
def implicit():
    yield next(iter([]))
err(next, implicit()); 
try:
    next(implicit())
except RuntimeError as e:
    print(repr(e.__cause__), e.__suppress_context__)
def reenter():
    yield next(me)
me = reenter(); err(next, me)
def ret(): return (yield)
i = ret(); next(i); err(i.send, (1, 2)); i = ret(); next(i); err(i.send, StopIteration(3))
print(type(i).__name__, repr(i).split(' at ')[0], i.__name__, i.__qualname__, iter(i) is i); i.__name__ = 'new'; print(repr(i).split(' at ')[0]); err(setattr, i, '__name__', 5); err(lambda: len(i)); err(lambda: type(i)()); err(lambda: i[0])
def tb():
    try: yield
    finally: print('cleanup on del')
i = tb(); next(i); del i; print('after del')
def ctx():
    try:
        1 / 0
    except ZeroDivisionError:
        yield 'in except'
        raise
i = ctx(); next(i)
try:
    raise KeyError('outer')
except KeyError:
    err(next, i)
import sys
def excinfo():
    try:
        raise ValueError('in gen')
    except ValueError:
        yield sys.exception()
        yield sys.exception()
i = excinfo(); print(repr(next(i)), sys.exception(), repr(next(i)))

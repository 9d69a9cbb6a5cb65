# Function objects: their attributes, defaults, annotations, names.
def f(a, b: int = 2, /, c=3, *args: str, d, e: 'E' = 5, **kw) -> bool:
    """Doc of f."""
    x = 1
    return x
print(f.__name__, f.__qualname__, f.__doc__, f.__defaults__, f.__kwdefaults__, f.__module__, f.__annotations__, f.__dict__, f.__type_params__)
c = f.__code__
print(c.co_argcount, c.co_posonlyargcount, c.co_kwonlyargcount, c.co_varnames, c.co_nlocals, c.co_name, c.co_qualname, c.co_firstlineno, c.co_names, c.co_flags & 0x0f, c.co_consts[0])
f.attr = 1; f.__name__ = 'g'; f.__defaults__ = (10, 20); f.__kwdefaults__ = {'d': 30, 'e': 31}; f.__doc__ = None
print(f.attr, f.__name__, f.__doc__, f(1), repr(f).split(' at ')[0], vars(f))
def err(fn, *a):
    try:
        print(fn(*a))
    except Exception as e:
        print(type(e).__name__ + ':', e)
err(setattr, f, '__defaults__', 5); err(setattr, f, '__kwdefaults__', 5); err(setattr, f, '__name__', 5); err(setattr, f, '__code__', 5); err(setattr, f, '__dict__', 5); err(delattr, f, 'nope'); err(lambda: f.nope); err(setattr, f, '__globals__', {}); err(setattr, f, '__annotations__', 5); err(setattr, f, '__qualname__', 1); err(setattr, f, '__closure__', None)
del f.__defaults__; del f.attr; err(f)
class C:
    def m(self): return self
    @staticmethod
    def s(): pass
    @classmethod
    def k(cls): return cls
    class D:
        def n(self): pass
print(C.m.__qualname__, C.D.n.__qualname__, C.s.__qualname__, C().m.__name__, C().m.__func__ is C.m, C().m.__self__.__class__ is C, C.k.__self__ is C, C().m == C().m, (x := C()).m == x.m, x.m is x.m, x.m.__doc__)
err(setattr, x.m, 'a', 1); err(lambda: x.m.zzz); print(repr(x.m).split(' of ')[0], repr(C.k), hash(x.m) == hash(x.m))
print((lambda: 0).__name__, (lambda: 0).__qualname__, [lambda: 0][0].__code__.co_name, f.__get__(5).__self__, f.__get__(None, int) is f if 0 else type(f.__get__(5)).__name__)
def swap(): return 1
def other(): return 2
swap.__code__ = other.__code__; print(swap(), swap.__name__)
print(type(f).__name__, isinstance(f, type(lambda: 0)), callable(f), len.__name__, len.__module__, len.__doc__.splitlines()[0], [].append.__self__, [].append.__qualname__, str.join.__qualname__, type(str.join).__name__, type([].append).__name__, type(len).__name__, type(object().__str__).__name__, int.__add__.__name__, dict.fromkeys.__self__)

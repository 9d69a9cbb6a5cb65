# ABCs: abstract methods, register, subclass hooks, collections.abc, runtime protocols.
import abc, collections.abc, numbers, typing
class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
    @property
    @abc.abstractmethod
    def name(self): ...
    @classmethod
    def __subclasshook__(cls, c): return True if hasattr(c, 'quack') else NotImplemented
def err(f, *a):
    try:
        print(f(*a))
    except Exception as e:
        print(type(e).__name__ + ':', e)
err(Shape)
class Half(Shape):
    def area(self): return 1
err(Half)
class Full(Half): name = 'full'
print(Full().area(), Full().name, sorted(Shape.__abstractmethods__), Half.__abstractmethods__, isinstance(Full(), Shape))
class Duck:
    def quack(self): pass
class Reg: pass
print(isinstance(Duck(), Shape), issubclass(Reg, Shape)); Shape.register(Reg); print(issubclass(Reg, Shape), isinstance(Reg(), Shape), Shape in Reg.__mro__); err(Full.register, Shape) ; err(issubclass, 5, Shape); err(Shape.register, 5)
A = collections.abc
print([isinstance(v, t) for v, t in (([], A.Sequence), ({}, A.Mapping), ('', A.Hashable), ([], A.Hashable), (iter([]), A.Iterator), ((i for i in ()), A.Generator), (len, A.Callable), ({1}, A.Set), (b'', A.Buffer), (range(1), A.Sequence), ({}.keys(), A.KeysView), (bytearray(), A.MutableSequence), (1, numbers.Integral), (1.5, numbers.Real), (1j, numbers.Number))])
class MySeq(A.Sequence):
    def __getitem__(self, i): return 'abc'[i]
    def __len__(self): return 3
s = MySeq(); print(list(s), s.index('b'), s.count('c'), 'a' in s, list(reversed(s)))
class MyMap(A.MutableMapping):
    def __init__(self): self.d = {}
    def __getitem__(self, k): return self.d[k]
    def __setitem__(self, k, v): self.d[k] = v
    def __delitem__(self, k): del self.d[k]
    def __iter__(self): return iter(self.d)
    def __len__(self): return len(self.d)
m = MyMap(); m.update(a=1); m['b'] = 2; print(m.pop('a'), m.get('z'), m.setdefault('c', 3), list(m.items()), m == {'b': 2, 'c': 3}, m.popitem(), 'c' in m); err(m.pop, 'zz'); err(A.Sequence)
class MySet(A.Set):
    def __init__(self, it): self.s = list(dict.fromkeys(it))
    def __contains__(self, v): return v in self.s
    def __iter__(self): return iter(self.s)
    def __len__(self): return len(self.s)
print(list(MySet('abc') & MySet('bcd')), list(MySet('ab') | {'z'}), MySet('ab') <= MySet('abc'), list(MySet('abc') - MySet('b')), MySet('ab') == {'a', 'b'})
@typing.runtime_checkable
class Closer(typing.Protocol):
    def close(self) -> None: ...
class File:
    def close(self): pass
print(isinstance(File(), Closer), isinstance(5, Closer), issubclass(File, Closer)); err(Closer)
class NotRt(typing.Protocol):
    x: int
err(isinstance, 1, NotRt)

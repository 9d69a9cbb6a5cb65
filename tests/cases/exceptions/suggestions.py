# "Did you mean" of attributes, names, imports and keyword arguments, as traceback prints them.
import traceback
def show(f):
    try: f()
    except Exception as e: print(''.join(traceback.format_exception_only(e)).strip())
class Foo:
    blech = None
    def method(self): return self
    _private = 1
foo = Foo()
total_count = 5
def attr(): foo.bleech
def attr2(): foo.methd()
def attr3(): foo.completely_different_name
def attr4(): foo.private
def attr5(): Foo.blec
def name(): return totl_count
def name2(): return prnt
def name3(): return Fooo
def local():
    local_variable = 1
    return local_varable
def mod():
    import collections
    collections.Countr
def imp(): from collections import Ordereddict
def imp2(): import collectionz
def imp3(): from math import sqroot
def inst():
    class B:
        def __init__(self): self.blech = 1
        def run(self): return blech
    B().run()
def kw(): print(1, ennd='')
def kw2(): sorted([], revers=True)
def kw3():
    def f(first, second): pass
    f(frist=1)
def strm(): 'abc'.uper()
def lst(): [].apend(1)
def lstlen(): [].add(1)
def stdlib(): return math.pi
def long(): foo.a * 2
def dictattr(): {}.has_key('a')
def module_missing(): import sys; sys.nothing_like_this
def true(): return true
def none(): return nul
def self_name():
    class C:
        def f(self): return metod()
        def method(self): pass
    C().f()
def delattr_(): del foo.blach
def selfref(): print(total_count.reall)
for f in (attr, attr2, attr3, attr4, attr5, name, name2, name3, local, mod, imp, imp2, imp3, inst, kw, kw2, kw3, strm, lst, lstlen, stdlib, long, dictattr, module_missing, true, none, self_name, delattr_, selfref): show(f)

# match: literals, captures, sequences, mappings, classes, or, guards, as.
def m(v):
    match v:
        case 0: return 'zero'
        case True: return 'true'
        case None: return 'none'
        case 'a' | 'b': return 'a or b'
        case 1.5 | -3 | 2+1j: return 'number'
        case []: return 'empty seq'
        case [x]: return f'one {x}'
        case [1, *rest]: return f'1 then {rest}'
        case (x, y) if x == y: return 'pair equal'
        case [[a, b], c]: return f'nested {a} {b} {c}'
        case [first, *_, last] as whole: return f'{first}..{last} of {len(whole)}'
        case {}  if not v: return 'empty map'
        case {'type': 't', 'v': int(n)}: return f'map int {n}'
        case {'k': [x, *_], **rest}: return f'k {x} {rest}'
        case {'x': _}: return 'has x'
        case str() as s if len(s) > 3: return f'long {s}'
        case int(n) | float(n): return f'num {n}'
        case str(): return 'short'
        case bytes(b): return f'bytes {b}'
        case _: return 'other'
for v in (0, True, False, None, 'a', 1.5, -3, 2+1j, [], (), [9], [1, 2, 3], (4, 4), [[1, 2], 3], (5, 6, 7), range(3), {}, {'type': 't', 'v': 5}, {'type': 't', 'v': 'no'}, {'k': (1, 2), 'z': 3}, {'x': 1, 'y': 2}, 'abcd', 'xy', 42, 2.5, b'q', {1, 2}, object, iter([]), bytearray(b'x')): print(repr(v)[:18], '->', m(v))
class P:
    __match_args__ = ('x', 'y')
    def __init__(self, x, y): self.x, self.y = x, y
class Q(P): pass
def c(v):
    match v:
        case P(0, y=0): return 'origin'
        case P(x=0): return 'on y'
        case Q(x, y): return f'Q {x} {y}'
        case P(x, y) if x == y: return 'diag'
        case P(x=int() as i, y=[*_]): return f'list {i}'
        case P(): return 'P'
for v in (P(0, 0), P(0, 1), Q(1, 2), P(3, 3), P(1, [2]), P('a', 'b')): print(c(v))
def show(f):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
def toomany():
    match P(1, 2):
        case P(1, 2, 3): return 'never'
def notclass():
    match 1:
        case five(): return 1
five = 5
def nomatch():
    class N: pass
    match N():
        case N(1): pass
def badargs():
    class B: __match_args__ = 'x'
    match B():
        case B(1): pass
def badargs2():
    class B: __match_args__ = (1,)
    match B():
        case B(1): pass
def dup():
    match P(1, 2):
        case P(1, x=1): return 1
def dupkey():
    a = A; 
    match {'k': 1}:
        case {A.k: 1, 'k': 2}: return 1
class A: k = 'k'
for f in (toomany, notclass, nomatch, badargs, badargs2, dup, dupkey): show(f)
match [1, 2]:
    case [q, 5]: pass
    case [r, s]: print(r, s)
try: q
except NameError: print('q unbound or bound', 'q' in globals())
print('q' in globals())
import collections
match collections.OrderedDict(a=1), collections.deque([1]), 'str', b'b':
    case {'a': 1}, [1], [*_], _: print('str matched as sequence')
    case {'a': 1}, [1], 's' | 'str', b'b': print('fine')
match collections.defaultdict(int):
    case {'missing': _}: print('no')
    case _: print('defaultdict untouched')
match A:
    case A.k: print('no')
    case type(): print('a class')
class Eq:
    def __eq__(self, o): print('eq', o); return o == 'target'
match Eq():
    case 'x' | 'target': print('custom eq')
match 5:
    case 1 | 2 | (3 | 5) as n: print(n)
match x := [1, 2], 3:
    case [a, b], c: print(a, b, c)
for src in ('match x:\n case a: pass\n case b: pass', 'match x:\n case a | b: pass', 'match x:\n case a, a: pass', 'match x:\n case [*a, *b]: pass', 'match x:\n case {**r, "a": 1}: pass', 'match x:\n case {**_}: pass', 'match x:\n case 1 + 1: pass', 'match x:\n case -x: pass', 'match x:\n case P(x=1, 2): pass', 'match x:\n case P(x=1, x=2): pass', 'match x:\n case {1: a, 1: b}: pass', 'match x:\n case (a | 1): pass', 'match x:\n case f"a": pass', 'match x:\n case a.b(): pass', 'match x:\n case 1 as _: pass', 'match x:\n case 1 as a.b: pass', 'match = 1; match[match]; case = 2', 'match x:\n case {a: 1}: pass', 'match x:\n case *a: pass', 'match x:\n case 1j + 1: pass', 'match x:\n case _ | 1: pass'):
    try:
        compile(src, '<p>', 'exec'); print('ok', repr(src))
    except SyntaxError as e: print(e.msg, '|', repr(src))

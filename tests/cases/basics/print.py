# print's arguments, and how objects are converted.
import sys, io
print()
print(1, 'a', None, sep=', ', end='.\n')
print(*'abc', sep='')
print('a', 'b', sep=None, end=None)
buf = io.StringIO()
print('into', 'buffer', file=buf, flush=True)
print(repr(buf.getvalue()))
class S:
    def __str__(self): return 'str of S'
    def __repr__(self): return 'repr of S'
print(S(), [S()], {S(): S()}, (S(),), f'{S()} {S()!r} {[S()]}')
class OnlyRepr:
    def __repr__(self): return 'only'
print(OnlyRepr(), str(OnlyRepr()))
class BadStr:
    def __str__(self): return 5
class BadRepr:
    def __repr__(self): return None
for c in (BadStr, BadRepr):
    try:
        print(c())
    except TypeError as e:
        print(e)
class W:
    def write(self, s): parts.append(s)
parts = []
print(1, 2, file=W())
print(parts)
try:
    print(1, file=5)
except AttributeError as e:
    print(e)
old = sys.stdout
sys.stdout = None
print('nowhere')
sys.stdout = old
print('back')
sys.stdout.write('written\n')
print(sys.stdout.write('') , sys.stdout.name, sys.stdout.mode, sys.stdout.errors, sys.stdout.isatty())
print('é €', '\N{GRINNING FACE}')
try:
    print('\ud800')
except UnicodeEncodeError as e:
    print(e)

# exec, eval, locals and globals.
ns = {}
exec('a = 1\ndef f(): return a\nclass C: pass', ns)
print(ns['f'](), ns['C'].__name__, ns['C'].__module__, '__builtins__' in ns)
def f():
    x = 1
    exec('x = 2; y = 3')
    try:
        y
    except NameError as e:
        print(e)
    return x, sorted(locals())
print(f())
def g():
    a = 1
    loc = locals()
    a = 2
    return loc['a'], locals()['a'], loc is locals()
print(g())
print(eval('[x for x in range(n)]', {'n': 3}))
loc = {}
exec('q = 1\nprint(q, "q" in globals())', {}, loc)
print(loc)
class M(dict):
    def __missing__(self, k): return f'<{k}>'
print(eval('foo + bar', {}, M()))
try:
    eval('x = 1')
except SyntaxError as e:
    print(e.msg, e.lineno, e.offset, e.text)
for bad in ((1,), ('1', 2), ('1', {}, 3)):
    try:
        eval(*bad)
    except TypeError as e:
        print(e)
code = compile('x * 2', 'f.py', 'eval')
print(code.co_filename, code.co_name, eval(code, {'x': 21}))
single = compile('1 + 1', '<stdin>', 'single')
exec(single)
exec('"not shown"')
try:
    compile('x', 'f', 'nomode')
except ValueError as e:
    print(e)
print(eval('  1'), eval(b'2'))
exec(compile('print(__name__)', 'f', 'exec'), {'__name__': 'given'})

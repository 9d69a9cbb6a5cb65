# Template strings (PEP 750).
from string.templatelib import Template, Interpolation, convert
name, n = 'World', 5
t = t'Hello {name}! {n:>{3}} {name!r:x} {n + 1=}'
print(type(t), t.strings, t.values, len(t.interpolations))
for part in t:
    print(repr(part))
i = t.interpolations[0]
print(i.value, i.expression, i.conversion, repr(i.format_spec))
print(t.interpolations[1].format_spec, t.interpolations[2].conversion, t.interpolations[3].expression)
u = t'a' t'{1}b'
print(u.strings, u.values, (t'' ).strings, (t'{1}{2}').strings)
print((t'x' + t'{n}y').strings)
for f in (lambda: t'a' + 'b', lambda: 'a' + t'b', lambda: Template(1), lambda: setattr(t, 'strings', ()), lambda: str(t'a'), lambda: Template('a', Interpolation(1), 'b', 'c').strings):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
match t'{n}':
    case Template(strings=('', ''), interpolations=(Interpolation(v, e),)):
        print('matched', v, e)
print(convert(3.5, 'r'), convert('é', 'a'), convert(2, None))
def render(tmpl):
    return ''.join(p if isinstance(p, str) else format(convert(p.value, p.conversion), p.format_spec) for p in tmpl)
print(render(t'{n:03d} {name!r} {{literal}}'))
for src in ("t'a' 'b'", "t'a' f'b'", "t'{'", "t'{}'", "b't' t'x'", "rt'\\{1}'"):
    try:
        print(eval(src).strings)
    except SyntaxError as e:
        print(e.msg)

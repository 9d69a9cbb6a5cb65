# f-strings: nesting, conversions, debug form, quotes, evaluation order.
x, w, name = 3.14159, 10, 'é'
print(f'{x}', f'{x:.2f}', f'{x:{w}.3f}|', f'{name!r} {name!a} {name!s:>4}', f'{{}} {{{x:.1f}}}', f'{x=}', f'{x = }', f'{x=:.1f}', f'{name=!s}', f'{x!r:>10}')
print(f'{f'nested {'deep' + f'{1}'}'}', f"{'a' if x else 'b'}", f'{ {1: 2}[1] }', f'{(lambda v: v * 2)(4)}', f'{[i for i in range(3)]}', f'{x:%}', f'''{
    x
    :.1f}''')
print(f'{"\n".join("ab")}', f'{'\\'}', rf'\n{1}\t', f'\N{DIGIT ONE}\x41{2}', fr'{'a'}\d', f'{1}' '{2}' f'{3}', f'' == '')
print(f'{x:{'>'}{w}}|', f'{x:{w}{'.2f'}}|', f'{1,2}', f'{*range(3),}', f'{(y := 5)}', y, f'{x:=+10.2f}', f'{1:0>{2 + 3}}', f'{3!r:^{5}}|')
def o(n):
    print('eval', n, end='; ')
    return n
print(f'{o(1)}{o(2):{o(3)}}{o(4)}')
class F:
    def __format__(self, spec): return f'<{spec}>'
    def __repr__(self): return 'R'
    def __str__(self): return 'S'
v = F()
print(f'{v}', f'{v:abc}', f'{v!r}', f'{v!s:>3}', f'{v=}', f'{v=:q}', f'{v!r:_^5}', f'{v:{{}}}' if 0 else f'{v:{'}'}}')
class Bad:
    def __format__(self, s): return 5
try:
    f'{Bad()}'
except TypeError as e:
    print(e)
for src in ("f'{'", "f'{}'", "f'{x!z}'", "f'{x!}'", "f'}'", "f'{a b}'", "f'{x:{y'", "f'{lambda x: 1}'", "f'{!r}'", "f'{=}'", "f'{x!r z}'", "f'{#}'", "f'{x = !r:^20}'", "f'{yield}'", "f'{x;y}'", "f'{*}'", "f'{x'", "f'{a[}'", "f'{(}'", "f'{\\}'", "f'{x:{{}}'", 'f"{1!s:{"', "f'{a $ b}'", "f'{x = 5}'", "f'{def}'", "f'{:x}'"):
    try:
        compile(src, '<f>', 'eval')
        print('ok', src)
    except SyntaxError as e:
        print(e.msg, '|', src)

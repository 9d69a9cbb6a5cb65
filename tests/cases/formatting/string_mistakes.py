# What CPython says of mistakes in formatted strings, and where.
def show(source, mode='exec'):
    try:
        compile(source, '<s>', mode)
        print(ascii(source), 'ok')
    except SyntaxError as e:
        print(ascii(source), '->', type(e).__name__, ascii(e.msg), (e.lineno, e.offset, e.end_lineno, e.end_offset), ascii(e.text))
for source in (
    'f"a" x', 'F"{a b}"', 'f"abc', 'f"""abc', 'f"{a', 'f"{a}', 'f"""{a', 'f"{a:b', 'f"{a!r', 'f"{a!r:',
    'f"{a!r:b', 'f"{', 'f"{{', 'f"{{}', 'f"{a}}', 'f"}', 'f"}}{', "f'{a['b']}'", 'f\'{a["b"]}\' c', "f'{",
    "f'{}'", "f'{ }'", "f'{a b}'", "f'{a, b c}'", "f'{a:{b c}}'", "f'{a:{b:{c:{d}}}}'", "f'{a!}'", "f'{a!:}'",
    "f'{a!x}'", "f'{a!s:}' b", "f'{a!ss}'", "f'{a! s}'", "f'{a !s}'", "f'{a=!}'", "f'{a=x}'", "f'{a==}'",
    "f'{a=}' b", "f'{=a}'", "f'{:a}'", "f'{!a}'", "f'{*}'", "f'{**a}'", "f'{*a, b c}'", "f'{lambda: 1}'",
    "f'{lambda x: 1}'", "f'{(lambda x: 1)}' a", "f'{yield x y}'", "f'{a;b}'", "f'{a\\b}'", "f'{a#}'",
    "f'{a'x'}'", 'f\'{"}\'', "f'{)}'", "f'{(]}'", "f'{(}'", "f'{[}'", "f'{a]}'", "f'{a:)}' b", "f'{a$b}'",
    "f'{a?}'", "f'{a.}'", "f'{.a}'", "f'{,}'", "f'{a,}' b", "f'{1a}'", "f'{a:1a}' b", "f'{a!r:{b!z}}'",
    "f'{pass}'", "f'{if}'", "f'{a if b}'", "f'{a if b else}'", "f'{a for b in c}'", "f'{a := 1}'",
    "f'{(a := 1)}' b", "f'{a:=1}' b", "f'{a -> b}'", "f'{@}'", "f'{not}'", "f'{a}' f'{b c}'", "'a' f'{b c}'",
    "f'''{\na b\n}'''", "f'''\n{a b}\n'''", "f'''{a:\n}''' b", "f'''{a:{b\n c}}'''", "f'{a:\n}'", "f'{\na}' b",
    "f'{a\n b}'", "t'{a b}'", "t'{}'", "t'{a!x}'", "t'a' 'b'", "f'a' t'b'", "t'a' f'{b}' c", "t'{a!}'",
    "t'{lambda x: 1}'", "t'{a", "t'a", "t'}'", "t'{a:{b c}}'", "t'{a = b}'", "t'{a;b}'", 'f"{lambda x: 1}"',
    'f"{a:{lambda x: 1}}"', 'f"{}"', 'f"{!r}"', 'f"{=}"', 'f"{:}"', 'f"{a!}"', 'f"{a! r}"', 'f"{a!x}"',
    'f"{a!1}"', 'f"{a=b}"', 'f"{a $ b}"', 'f"{*}"', 'f"{a:', 'f"{a:{b}', 'f"}"', 'f"{a}}"', 'f"{a[}"',
    'f"{)}"', 'f"{a:\n}"', 'f"{#}"', 'f"{\\n}"', "f'{'a'b}'", "f'{a['x]}'", 't"{a b}"', 't"a" "b"', 't"{}"',
    'f"{a:b{c d}}"', 'f"""{\na\n  b}"""', "f'a\nb'", "f'''a", 'f"{a}" = 1', 'f"\\N{foo}"', 'f"\\N{foo"',
    'f"\\u1"',
):
    show(source)

# The str method table: edges and messages.
def err(f, *a, **k):
    try:
        print(repr(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', e)
s = 'Hello, World'
print(s.lower(), s.upper(), s.swapcase(), s.title(), s.capitalize(), s.casefold(), 'ß'.upper(), 'ŉ'.upper(), 'İ'.lower().encode(), "they're bill's".title(), 'ǆ'.title())
print(s.find('o'), s.rfind('o'), s.find('o', 5), s.find('o', -4, -1), s.index('W'), s.count('l'), s.count(''), ''.count(''), s.find('', 20), s.find('', 12), 'aaa'.count('aa'))
err(s.index, 'z'); err(s.rindex, 'z'); err(s.find, 1); err('a'.join, [1]); err('a'.join, 5); err(','.join, ['a', 'b']); err(''.join, ['a', b'b'])
print('a,b,,c'.split(','), 'a b  c '.split(), 'a,b,c'.split(',', 1), 'a,b,c'.rsplit(',', 1), ' a  b '.split(None, 1), ''.split(), ''.split(','), '  '.split(), 'a\u2003b\x1cc'.split(), ' x y '.rsplit(None, 1))
err('a'.split, ''); err('a'.split, 1); err('a'.partition, ''); err('abc'.split, sep='b', maxsplit=0)
print('a\nb\r\nc\rd\x0be\x85f\u2028g'.splitlines(), 'a\nb\n'.splitlines(True), ''.splitlines(), '\n'.splitlines())
print('a-b-c'.partition('-'), 'a-b-c'.rpartition('-'), 'abc'.partition('-'), 'abc'.rpartition('-'))
print('  x '.strip() + '|', 'xxaxx'.strip('x'), 'xyax'.lstrip('yx'), 'abc'.rstrip('bc'), '\u3000a\u3000'.strip(), 'abc'.removeprefix('ab'), 'abc'.removesuffix('bc'), 'abc'.removeprefix('x'))
print('abc'.replace('', '-'), 'aaa'.replace('a', 'b', 2), 'aaa'.replace('aa', 'x'), 'abc'.replace('b', ''), 'aaa'.replace('a', 'b', -1), 'abab'.replace('ab', 'c', count=1), ''.replace('', 'x'), ''.replace('', 'x', 0))
print('abc'.startswith(('x', 'a')), 'abc'.endswith('bc'), 'abc'.startswith('b', 1), 'abc'.startswith('', 4), 'abc'.endswith((), 0), ''.startswith(''))
err('a'.startswith, 1); err('a'.startswith, ('a', 1)); err('a'.startswith, ('b', 1)); err('a'.startswith, ['a'])
print('a'.center(4, '*'), 'ab'.center(5, '*'), 'a'.ljust(3, '.'), 'a'.rjust(3), '-5'.zfill(4), '+'.zfill(3), 'abc'.zfill(2), 'a\tb\tc'.expandtabs(4), 'a\n\tb'.expandtabs(2), '\t'.expandtabs(0))
err('a'.center, 5, 'ab'); err('a'.ljust, 5, ''); err('a'.ljust, 'x')
print('abc'.translate({97: 'X', 98: None, 99: 0x1F600}), str.maketrans('ab', 'xy', 'c'), 'cab'.translate(str.maketrans('ab', 'xy', 'c')), 'abc'.translate('xyz' * 50))
err(str.maketrans, 'ab', 'x'); err(str.maketrans, {'ab': 1}); err('a'.translate, {97: 2**21})
print('abc'.isalpha(), 'ab1'.isalnum(), '²'.isdigit(), '²'.isdecimal(), '½'.isnumeric(), 'a_1'.isidentifier(), '1a'.isidentifier(), 'é'.isidentifier(), ''.isalpha(), 'Ab'.istitle(), 'AB1'.isupper(), ' \n'.isspace(), 'é'.isascii(), ''.isascii(), 'a\n'.isprintable(), 'ǅ'.istitle(), 'a\u00a0'.isprintable())
print('%s' * 3 % (1, 2, 3), 'ab' * 0, 3 * 'ab', -1 * 'ab', 'a' 'b' + 'c', 'b' in 'abc', '' in '')
err(lambda: 1 in 'abc'); err(lambda: 'abc'['a']); err(lambda: 'abc'[5]); err(lambda: 'a' + 1); err(str, b'a', 'nope'); err(str, 'a', 'utf-8'); err(str, b'\xff', 'utf-8'); err(str, b'\xff', errors='replace')
print(str(b'abc'), str(b'abc', 'ascii'), str(), str(None), str(1.0), 'x'.__add__('y'), 'x'.__add__.__self__, str.lower('ABC'), 'abc'.__contains__('b'))

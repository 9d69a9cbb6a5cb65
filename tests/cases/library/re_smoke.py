# re: groups, named groups, flags, substitution, lookaround, split, errors.
import re
def err(f, *a, **k):
    try: print(f(*a, **k))
    except Exception as e: print(type(e).__name__ + ':', e)
m = re.search(r'(?P<y>\d{4})-(?P<m>\d\d)', 'on 2024-05-06'); print(m, m.group(), m.groups(), m.groupdict(), m.span(), m['y'], m.start('m'), m.string[:2], m.lastgroup, m.expand(r'\2/\g<y>'), m.pos, m.re.pattern, m.group(1, 2)); err(m.group, 5); err(m.group, 'zz')
print(re.findall(r'(\w)(\d)?', 'a1b'), re.findall('x*', 'axb'), re.split(r'(,)\s*', 'a, b,c'), re.split('x*', 'axb'), re.sub(r'(\w+) (\w+)', r'\2 \1', 'hello world'), re.sub('a', lambda m: m.group().upper(), 'banana', count=2), re.subn('x', 'y', 'axx'), re.sub('', '-', 'ab'), re.fullmatch('a+', 'aab'), re.match(r'(?i)ABC', 'abc').end(), re.escape('a.b*c'), re.sub(r'(a)|b', r'[\1]', 'ab'))
print(re.findall(r'(?<=\$)\d+(?!\d|%)', '$5 $60% $7'), re.findall(r'^\w', 'ab\ncd', re.M), re.search('a.b', 'a\nb', re.S), re.compile(r'''a  # comment
  b''', re.X).match('ab'), re.findall(r'\b\w+\b', 'héllo wörld'), re.findall(r'\w+', 'héllo', re.A), re.findall(rb'\w', b'a\xe9'), [x.span() for x in re.finditer('a', 'banana')], re.match(r'(a)(b)?', 'a').groups('dflt'), re.match(r'(?:(a)|b)*', 'ab').groups(), re.search(r'(?P<q>[\'"]).*?(?P=q)', '''say "it's" ''').group(), re.findall(r'a{2,3}?', 'aaaaa'), re.match(r'(?>a+)ab', 'aaab'), re.match(r'a++b', 'aab') is not None, re.search(r'(a)?(?(1)b|c)', 'c').group())
for p in ('(', ')', '[', '*', 'a**', '(?P<1a>x)', '(?P<a>x)(?P<a>y)', r'\1', '(?z)', 'a{2,1}', '(?<=a*)b', '[z-a]', '(?P=n)', r'\q', '(?', '(?P<n', 'x{99999999999}', '(?(2)a|b)', '[[:alpha:]' ): err(re.compile, p)
err(re.sub, 'a', r'\2', 'a'); err(re.sub, 'a', r'\g<', 'a'); err(re.match, 5, 'a'); err(re.match, 'a', 5); err(re.match, b'a', 'a'); err(re.compile, 'a', 5000000); print(re.compile('a', re.I | re.M), repr(re.compile('a' * 300))[:30], re.compile('(a)(?P<n>b)').groupindex, re.compile('a').flags, re.I | re.X, re.compile('a') == re.compile('a'), re.purge(), re.error is re.PatternError)
try: re.compile('a(b')
except re.PatternError as e: print(e.msg, e.pos, e.lineno, e.colno, e.pattern)
print(re.match('(?:a|b)*c', 'ab' * 50000 + 'c').end(), len(re.findall('[a-z]+', 'word ' * 10000)), re.sub(r'(.)\1+', r'\1', 'aaabbbccd'), re.search(r'[^\W\d_]+', '12_ab').group(), re.match('é', 'É', re.I) is not None, re.match('ß', 'ẞ', re.I) is not None, re.search('\\N{SNOWMAN}', '☃') is not None)

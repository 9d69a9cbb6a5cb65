s = 'abc'
print(s + 'def', s * 2, s[0], s[-1], s[1:], len(s), 'b' in s, s.upper())
print('%s-%d' % ('a', 5), '{} {}'.format(1, 2), f'{s}!{len(s)}')
print(repr('it\'s'), 'a,b'.split(','), '-'.join(['x', 'y']), s == 'abc', s < 'abd')
for c in s:
    print(c, ord(c))
print(str(5), int('7') + 1, float('1.5'), list(s), sorted('hello'))

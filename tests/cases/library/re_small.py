import re
m = re.match(r'(\w+)@(\w+)\.com', 'user@site.com')
print(m.groups(), re.sub(r'\d', '#', 'a1b2'), re.findall(r'[a-z]+', 'ab 12 cd'), re.split(r'\s+', 'a b  c'))
print(re.search('x', 'abc'), bool(re.fullmatch('a*', 'aaa')))

# Long flat expressions work or raise; the process lives.
def c(src, run=False):
    try:
        code = compile(src, '<s>', 'eval'); print('ok', len(src), *([eval(code, {'x': 1, 'a': 'A'})] if run else []))
    except (MemoryError, RecursionError) as e: print('too deep', len(src))
    except SyntaxError as e: print('SyntaxError', e.msg[:40], len(src))
c('-' * 100_000 + '1'); c('not ' * 50_000 + '1'); c('~' * 100_000 + '1'); c('1' + '+1' * 50_000); c('x' + '.x' * 100_000); c('x' + '()' * 100_000); c('x' + '[0]' * 100_000); c('lambda: ' * 50_000 + '1'); c('1 if 1 else ' * 50_000 + '1'); c('x**' * 50_000 + '1'); c('await ' * 1000 + 'x')
c('-' * 50 + '1', True); c('1' + '+1' * 500, True); c('[' + '1,' * 50_000 + ']'); c('{' + ','.join(f'{i}:{i}' for i in range(20_000)) + '}'); c('f(' + 'x,' * 20_000 + ')'); c('1' + '<2' * 20_000); c('x' + ' and x' * 20_000, True); c('"a"' + ' "b"' * 20_000); c('(' + ' or '.join(['0'] * 20_000) + ')', True)
exec('\n'.join(f'v{i} = {i}' for i in range(20_000))); print(v19999)
exec('def f():\n' + '\n'.join(f'  v{i} = {i}' for i in range(5_000)) + '\n  return v4999'); print(f())
exec('def g(' + ', '.join(f'a{i}=0' for i in range(1000)) + '): return a999'); print(g(a999=7))
exec('if 0: pass\n' + ''.join(f'elif x == {i}: r = {i}\n' for i in range(1000)) if 0 else 'r = 1'); print(r)

# The tokenizer's limit of 200 open brackets, and the parser's limits on nesting.
def c(src, mode='exec'):
    try: compile(src, '<s>', mode); print('ok', len(src))
    except (SyntaxError, MemoryError, RecursionError, ValueError, OverflowError) as e: print(type(e).__name__ + ':', str(e).split(' (')[0][:60], len(src))
c('(' * 90 + ')' * 90); c('(' * 200 + '1' + ')' * 200) if 0 else None; c('(' * 201 + ')' * 201); c('[' * 201 + ']' * 201); c('{' * 201 + '}' * 201); c('f' + '(' * 250); c('(' * 100_000); c('x[' * 300 + '0' + ']' * 300); c('f"{' * 10); c('"' * 3); c('((((' + '[[[[' * 60)
c('if 1:\n' + ''.join(' ' * i + 'if 1:\n' for i in range(1, 99)) + ' ' * 99 + 'pass\n'); c('if 1:\n' + ''.join(' ' * i + 'if 1:\n' for i in range(1, 101)) + ' ' * 101 + 'pass\n')
c(''.join(' ' * i + 'for x in y:\n' for i in range(19)) + ' ' * 19 + 'pass\n'); c(''.join(' ' * i + 'for x in y:\n' for i in range(25)) + ' ' * 25 + 'pass\n'); c(''.join(' ' * i + 'with a:\n' for i in range(22)) + ' ' * 22 + 'pass\n'); c(''.join(' ' * i + 'try:\n' for i in range(22)) + ' ' * 22 + 'pass\n' + ''.join(' ' * i + 'finally: pass\n' for i in reversed(range(22))))

for src in ('x = ', 'if x\n  y', '  x', 'def f(:', '(1', "'abc", 'return 1', 'f(a=1, 2)', 'x = 1 +', 'print "a"'):
    try:
        compile(src, '<s>', 'exec')
    except SyntaxError as e:
        print(type(e).__name__, e.msg)

# Sources that are not source: null bytes, wrong types, wrong encodings, lone surrogates.
def c(src, **k):
    try: exec(compile(src, '<s>', 'exec', **k)); print('ok')
    except BaseException as e: print(type(e).__name__ + ':', ascii(str(e)))
c('x = 1\0'); c(b'x = 1\0'); c('\0'); c(5); c(None); c(b'\xff'); c(b'x = "\xe9"'); c(b'# coding: latin-1\nprint("\xe9")'); c(b'# -*- coding: nope -*-\n'); c(b'\xef\xbb\xbfprint("bom")'); c(b'\xef\xbb\xbf# coding: latin-1\n'); c('x = "\ud800"'); c('\ud800 = 1'); c(bytearray(b'print("ba")')); c(memoryview(b'print("mv")')); c('print("cr")\rprint("lf")\r\n'); c('x = 1\x0c\n'); c(' \n\t\n'); c(''); c('\\'); c('x = 1\\'); c('x = \\\n1'); c('\ufeffprint("feff")'); c('x\ufeff = 1'); c('1' * 5000); c('x = 1', flags=2**30); c('pass', optimize=5); c('pass', dont_inherit='x'); c('if 1:\n\tx=1\n        y=2\n'); c('a\x00b'); c(b'# coding: utf-16\nx'); c(b'# coding: ascii\n"\xe9"'); c('# coding: latin-1\nprint("str ignores cookie")'); c('print("\\ud83d".encode("utf-8", "surrogatepass"))'); c('assert 1, (') ; c('print(__debug__)'); c('from __future__ import annotations\nx: nope = 1'); c('x = 1\nfrom __future__ import division'); c('from __future__ import braces'); c('def f():\n  from __future__ import division')
import ast
for bad in ('ast.literal_eval("1+1")', 'ast.literal_eval("f()")', 'ast.literal_eval("[1, (2,), {3: None}]")', 'compile(ast.Expression(body=5), "f", "eval")', 'compile(ast.Module(body=[]), "f", "exec")', 'compile(ast.Name("x", ast.Load()), "f", "eval")'):
    try: print(eval(bad))
    except Exception as e: print(type(e).__name__ + ':', str(e)[:80])

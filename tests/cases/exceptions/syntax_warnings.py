# Warnings of the compiler, with and without an error after them; metadata and lines of errors; ends of lines.
import warnings
def warned(source, mode='exec'):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter('always')
        try:
            compile(source, '<w>', mode)
            end = 'ok'
        except SyntaxError as e:
            end = e.msg
    print(ascii(source), end, [(str(w.message)[:45], w.lineno) for w in seen])
for source in ("def f():\n try: pass\n finally: return 1\n", "for i in x:\n try: pass\n finally:\n  break\n", "'\\e' 1", "f'\\{1}'", "f'\\g'", "'\\e' + (", "0xfor x", "[1for x in y]", "1if 2else 3", "0b1and x", "1jor 2"):
    warned(source)
for source in ('for a in b:\n  pass\nelso:\n  pass', 'x = 1\ny y', 'return', 'x = (1,\n2 3)\n', '"abc'):
    try: compile(source, '<no such file>', 'exec')
    except SyntaxError as e: print(ascii(source), e._metadata, ascii(e.text))
for source in (b'X\x80', b'a\n\xc3\xa9X\x80\nb', b'\xef\xbb\xbfP = "\xcf\xb3\xf2\xee" +', b'# coding: utf-8\nx = "\xff"\n', b'\xef\xbb\xbf#coding: utf8\n', b'\xef\xbb\xbf\n#coding: latin-1\n', b'#coding: utf8\nx="\xff"', b'#coding: nope\nx'):
    try: compile(source, '<s>', 'exec')
    except SyntaxError as e: print(e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset, ascii(e.text))
exec("x = '''a\r\nb\rc'''\r\nprint(ascii(x))\rprint('end')")
print(eval('"\\\r\nx"'), [n.lineno for n in __import__('ast').parse('a\r\nb\rc').body])

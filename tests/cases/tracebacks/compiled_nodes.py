# Code that is compiled from nodes has the positions of the nodes.
import ast

SOURCE = '''\
def f(a):
    return (a +
        1/0)

@(lambda g: g)
def h(x=(1,
         2)):
    pass

class C:

    def m(self): return [
        f(i)
        for i in range(3)]

f(
 1)
'''


def show(code):
    print(code.co_name, code.co_firstlineno)
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            show(constant)


tree = ast.parse(SOURCE)
code = compile(tree, "nodes", "exec")
show(code)
try:
    exec(code)
except ZeroDivisionError as e:
    tb = e.__traceback__
    while tb:
        print(tb.tb_lineno, list(tb.tb_frame.f_code.co_positions())[tb.tb_lasti // 2])
        tb = tb.tb_next

for node in ast.walk(tree):
    if hasattr(node, "lineno"):
        node.lineno += 100
        node.end_lineno += 100
code = compile(tree, "nodes", "exec")
print([c.co_firstlineno for c in code.co_consts if hasattr(c, "co_code")])

for missing in (ast.Expression(ast.Constant(1)), ast.Module([ast.Pass()], [])):
    try:
        compile(missing, "nodes", "eval" if isinstance(missing, ast.Expression) else "exec")
    except TypeError as e:
        print(e)

print(ascii(ast.parse('"\\ud800"').body[0].value.value))

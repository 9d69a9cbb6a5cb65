# What the prompt does with a source text.
import io
import sys

from _pyrepl.console import InteractiveColoredConsole

console = InteractiveColoredConsole(filename="<input>")
sys.stderr = sys.stdout
for source in (
    "x = [i for i in range(3)]",
    "x",
    "def f(a):\n    return a / 0\n",
    "f(1)",
    "class A:\n    def m(self):\n        return 1\n",
    "A().m()",
    "try:\n    1/0\nexcept ZeroDivisionError:\n    print('z')\n",
    "for i in range(2): print(i)\n",
    "if 1 print",
    "x = (1",
    "'''a",
    '"\\d"',
    "'\\ud800'",
    "a = 1\nb = 2\nprint(a + b)\na",
    "def g():\n    pass\ng() + 1",
):
    print("more:", console.runsource(source, f"<input>"))

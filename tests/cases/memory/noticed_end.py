"""What is run at the end of the program, one child per object whose end is noticed."""
import subprocess, sys

PROGRAMS = {
    "instance": "class A:\n def __del__(self): print('del')\na = A()",
    "slots": "class A:\n __slots__ = ()\n def __del__(self): print('del')\na = A()",
    "in a cycle": "class A:\n def __del__(self): print('del')\na = A(); a.self = a; del a",
    "finalizer set late": "class A: pass\na = A()\nA.__del__ = lambda self: print('del')",
    "class": "class M(type):\n def __del__(self): print('del class')\nclass A(metaclass=M): pass",
    "generator": "def g():\n try: yield\n finally: print('finally')\ng1 = g(); next(g1)",
    "weak reference": "import weakref\nclass A: pass\na = A()\nr = weakref.ref(a, lambda r: print('gone'))",
    "weak proxy": "import weakref\nclass A: pass\na = A()\nr = weakref.proxy(a, lambda r: print('gone'))",
    "weak dictionary": "import weakref\nclass A: pass\na = A()\nd = weakref.WeakValueDictionary(x=a)",
    "file": "f = open(%r, 'w'); f.write('text')",
    "stdout's subclass": "import sys, io\nclass S(io.StringIO):\n def flush(self): sys.__stdout__.write('flush\\n')\nsys.stdout = S()",
    "nothing": "x = [1]; x.append(x)",
    "print at exit": "import atexit; atexit.register(print, 'exit')",
    "unraisable": "class A:\n def __del__(self): 1 / 0\na = A()",
    "module": "import types\nclass A:\n def __del__(self): print('del')\nm = types.ModuleType('m'); m.a = A()",
}
import os, tempfile
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "written")
    for name, source in PROGRAMS.items():
        if "%r" in source:
            source %= path
        done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
        print(name, done.returncode, done.stdout.split("\n"), done.stderr.strip().split("\n")[-1])
    print(open(path).read())

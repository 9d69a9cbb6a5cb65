# Packages: __init__, relative imports, submodules as attributes, namespace packages, -m style runs.
import sys, os, tempfile, importlib, runpy
d = tempfile.mkdtemp(); sys.path.insert(0, d); sys.dont_write_bytecode = True
def w(name, text=''):
    p = os.path.join(d, name); os.makedirs(os.path.dirname(p), exist_ok=True)
    with open(p, 'w') as f: f.write(text)
    importlib.invalidate_caches()
w('pkg/__init__.py', 'print("init", __name__, __package__)\nfrom .core import value\n__all__ = ["lazy", "value"]\n'); w('pkg/core.py', 'value = 10\nfrom . import helper\n'); w('pkg/helper.py', 'h = "helper"\n'); w('pkg/lazy.py', 'print("lazy loaded")\n'); w('pkg/sub/__init__.py'); w('pkg/sub/deep.py', 'from ..helper import h\nfrom ... import nope\n'); w('pkg/sub/ok.py', 'from ..helper import h\nfrom . import sibling\nfrom .. import core as c\n'); w('pkg/sub/sibling.py', 's = 1'); w('pkg/__main__.py', 'import sys\nprint("main of", __package__, __name__, sys.argv[1:])\n')
import pkg; print(pkg.value, pkg.core.value, pkg.helper.h, hasattr(pkg, 'lazy'), pkg.__path__ == [os.path.join(d, 'pkg')], pkg.__spec__.submodule_search_locations == list(pkg.__path__))
from pkg import *; print(lazy.__name__)
import pkg.sub.ok as ok; print(ok.h, ok.sibling.s, ok.c is pkg.core, ok.__package__)
try: import pkg.sub.deep
except ImportError as e: print(type(e).__name__, e)
try: from pkg import missing
except ImportError as e: print(str(e).replace(d, 'D'))
try: import pkg.nothing
except ImportError as e: print(type(e).__name__, e, e.name)
try: from pkg.sub import nothing2
except ImportError as e: print(str(e).replace(d, 'D'))
w('ns_one/part.py', 'p = 1'); d2 = tempfile.mkdtemp(); os.makedirs(d2 + '/ns_one'); open(d2 + '/ns_one/other.py', 'w').write('o = 2'); sys.path.append(d2)
import ns_one.part, ns_one.other; print(ns_one.part.p, ns_one.other.o, ns_one.__file__ if hasattr(ns_one, '__file__') else 'no file', len(list(ns_one.__path__)), repr(ns_one)[:28])
sys.argv = ['x', 'arg1']; runpy.run_module('pkg', run_name='__main__', alter_sys=False); print(sorted(k for k in runpy.run_path(os.path.join(d, 'pkg/helper.py')) if not k.startswith('_')))
import importlib.resources as ir; w('pkg/data.txt', 'resource text'); print(ir.files('pkg').joinpath('data.txt').read_text())
import zipfile; z = os.path.join(d, 'lib.zip')
with zipfile.ZipFile(z, 'w') as f: f.writestr('zmod.py', 'z = __file__.endswith("lib.zip/zmod.py")\n'); f.writestr('zpkg/__init__.py', 'a = 1\n'); f.writestr('zpkg/m.py', 'b = 2\n'); f.writestr('__main__.py', 'print("zip main", __name__)')
sys.path.insert(0, z); import zmod, zpkg.m; print(zmod.z, zpkg.a, zpkg.m.b); runpy.run_path(z, run_name='__main__')
class Finder:
    def find_spec(self, name, path, target=None):
        if name == 'virtual': return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec): return None
    def exec_module(self, m): m.made = True
sys.meta_path.insert(0, Finder()); import virtual; print(virtual.made, virtual.__spec__.origin, repr(virtual)[:18])
print([k for k in ('pkg', 'pkg.core', 'pkg.sub', 'pkg.sub.ok', 'pkg.sub.deep') if k in sys.modules], importlib.util.resolve_name('.x', 'pkg'), importlib.util.find_spec('.core', 'pkg').name)

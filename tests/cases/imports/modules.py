# Importing modules from a directory: caching, __name__, from-imports, attributes, reload, errors.
import sys, os, tempfile, importlib
d = tempfile.mkdtemp(); sys.path.insert(0, d); sys.dont_write_bytecode = True
def w(name, text):
    p = os.path.join(d, name); os.makedirs(os.path.dirname(p), exist_ok=True)
    with open(p, 'w') as f: f.write(text)
    importlib.invalidate_caches()
w('mod_a.py', 'print("executing", __name__)\nx = 1\n_hidden = 2\ny = 3\n'); w('mod_all.py', '__all__ = ["p", "_q"]\np = 1; _q = 2; r = 3\n')
import mod_a; import mod_a as again; from mod_a import x as ex; print(mod_a is again, ex, mod_a.__name__, os.path.basename(mod_a.__file__), mod_a.__spec__.name, mod_a.__package__ == '', mod_a.__loader__ is not None, repr(mod_a).replace(d, 'D'), 'mod_a' in sys.modules)
ns = {}; exec('from mod_a import *', ns); print(sorted(k for k in ns if k != '__builtins__')); ns = {}; exec('from mod_all import *', ns); print(sorted(k for k in ns if k != '__builtins__'))
def err(src):
    try: exec(src, {'__name__': '__main__'}); print('ok', src)
    except BaseException as e: print(type(e).__name__ + ':', str(e).replace(d, 'D'), getattr(e, 'name', None))
w('mod_bad_all.py', '__all__ = ["nope"]'); w('mod_raises.py', 'x = 1\nraise ValueError("at import")'); w('mod_syntax.py', 'x = = 1\n'); w('circ_a.py', 'import circ_b\nfrom circ_b import late\n'); w('circ_b.py', 'import circ_a\nfrom circ_a import missing\nlate = 1\n'); w('circ_c.py', 'import circ_d\nv = 1\n'); w('circ_d.py', 'import circ_c\nprint(hasattr(circ_c, "v"))\ncirc_c.v\n')
err('import nope_zz'); err('import mod_a.sub'); err('from mod_a import zz'); err('from mod_bad_all import *'); err('import mod_raises'); print('mod_raises' in sys.modules); err('import mod_raises'); err('import mod_syntax'); err('import circ_a'); err('import circ_c'); err('from . import x'); err('from .mod_a import x'); err('import os.path as p; print(p is __import__("os").path)'); err('__import__("")'); err('__import__(5)'); err('from nope_zz import a'); err('import nope_zz.sub.deep')
w('mod_a.py', 'x = "reloaded"\n'); importlib.reload(mod_a); print(mod_a.x, mod_a.y); del sys.modules['mod_a']; import mod_a as fresh; print(fresh is mod_a, hasattr(fresh, 'y')); sys.modules['blocked'] = None; err('import blocked'); sys.modules['fake'] = 'a string'; import fake; print(fake)
w('mod_getattr.py', 'def __getattr__(n):\n    if n == "dyn": return "dynamic"\n    raise AttributeError(f"no {n}")\ndef __dir__(): return ["dyn"]\n'); import mod_getattr; from mod_getattr import dyn; print(mod_getattr.dyn, dyn, dir(mod_getattr)); err('from mod_getattr import other'); print(mod_getattr.__getattr__('dyn')); err('import mod_getattr; mod_getattr.qq')
def func_import():
    import string as s, json.decoder
    return s.digits, json.decoder.__name__
print(func_import(), importlib.import_module('mod_all').p, importlib.util.find_spec('mod_all').name, importlib.util.find_spec('zzz_no')); m = type(sys)('made', 'doc'); print(m, m.__doc__, sorted(vars(m))); m.a = 1; del m.a; err('import types; types.ModuleType()'); err('import types; types.ModuleType(5)')
try: m.a
except AttributeError as e: print(e)

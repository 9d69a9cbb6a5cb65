# A module whose import fails in one thread while another waits for it; modules that import each other in two threads.
import importlib, os, sys, tempfile, threading
folder = tempfile.mkdtemp(); sys.path.insert(0, folder); sys.dont_write_bytecode = True
def module(name, text):
    with open(os.path.join(folder, name + '.py'), 'w') as f: f.write(text)
    importlib.invalidate_caches()
state = sys; state.begun = threading.Event(); state.waiting = threading.Event(); state.times = 0
def load(name, out):
    try: out.append(sorted(n for n in vars(importlib.import_module(name)) if n[0] != '_'))
    except BaseException as e: out.append((type(e).__name__, str(e)))
def race(name):
    state.begun.clear(); state.waiting.clear(); state.times = 0
    first, second = [], []
    a = threading.Thread(target=load, args=(name, first)); a.start(); state.begun.wait()
    b = threading.Thread(target=load, args=(name, second)); b.start(); b.join(0.1); state.waiting.set(); a.join(); b.join()
    print(first, second, state.times, name in sys.modules); sys.modules.pop(name, None)
common = 'import sys\nsys.times += 1; half = 1\nsys.begun.set(); sys.waiting.wait()\n'
module('fails_once', common + 'if sys.times == 1: raise ValueError("the first time")\nwhole = 2\n'); race('fails_once')
module('fails_always', common + 'raise ValueError(sys.times)\n'); race('fails_always')
module('exits', common + 'raise SystemExit(sys.times)\n'); race('exits')
module('removed', common + 'del sys.modules[__name__]\n'); race('removed')
module('works', common + 'whole = 2\n'); race('works')
module('one', 'import sys\nsys.begun.set(); sys.waiting.wait(5)\nimport two\nname = "one"\n')
module('two', 'import sys\nsys.waiting.set()\nimport one\nname = "two"\n')
state.begun.clear(); state.waiting.clear(); out = []
a = threading.Thread(target=load, args=('one', out)); a.start(); state.begun.wait()
b = threading.Thread(target=load, args=('two', out)); b.start(); a.join(); b.join()
print(sorted(map(str, out)), sys.modules['one'].name, sys.modules['two'].name)
for name in os.listdir(folder): os.unlink(os.path.join(folder, name))
os.rmdir(folder)

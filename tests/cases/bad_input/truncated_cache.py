# A bytecode cache that is empty, cut short, from another version or full of noise never runs: the source is compiled again.
import importlib, importlib.util, os, sys, tempfile
sys.dont_write_bytecode = False
folder = tempfile.mkdtemp()
sys.path.insert(0, folder)
source = os.path.join(folder, 'cached_mod.py')
with open(source, 'w') as f:
    f.write('value = [n * n for n in range(10)]\ndef f(): return value[-1]\n')
os.utime(source, (10**9, 10**9))
cache = importlib.util.cache_from_source(source)
def load():
    sys.modules.pop('cached_mod', None)
    importlib.invalidate_caches()
    import cached_mod
    return cached_mod.f()
print(load(), os.path.exists(cache))
with open(cache, 'rb') as f:
    whole = f.read()
def damaged(data):
    with open(cache, 'wb') as f:
        f.write(data)
    try:
        return load() == 81
    except (EOFError, ValueError, TypeError, ImportError):
        return True
print(damaged(b''), damaged(whole[:3]), damaged(whole[:10]), damaged(b'\0' * 200), damaged(b'XXXX' + whole[4:]))
print(all(damaged(whole[:n]) for n in range(16, len(whole), 7)))
print(damaged(whole))
os.remove(cache)
os.mkdir(cache)
print(load())

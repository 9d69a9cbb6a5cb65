# mmap: files and memory, items, methods, messages.
import mmap, tempfile, os
f=tempfile.TemporaryFile(); f.write(b'hello\nworld\n'*10); f.flush()
m=mmap.mmap(f.fileno(),0)
def t(g):
  try: print(repr(g()))
  except BaseException as e: print(type(e).__name__,e)
def st(o,k,v): o[k]=v
def de(o,k): del o[k]
t(lambda: m); t(lambda: list(m)[:3]); t(lambda: b'h' in m); t(lambda: 104 in m); t(lambda: m[0]); t(lambda: m[-1]); t(lambda: m[1000]); t(lambda:m['a'])
t(lambda:m[1:5]); t(lambda: m[::5][:6]); t(lambda: m[5:1])
t(lambda: st(m,0,72)); t(lambda: st(m,0,b'a')); t(lambda: st(m,0,256)); t(lambda: st(m,0,-1)); t(lambda: st(m,1000,1)); t(lambda: st(m,slice(0,2),b'HE')); t(lambda: st(m,slice(0,2),b'HEx')); t(lambda: st(m,slice(0,4,2),b'HL')); t(lambda: st(m,'a',1)); t(lambda: st(m,slice(0,2),1)); t(lambda: st(m,slice(0,4,2),b'H'))
t(lambda: de(m,0)); t(lambda: de(m,slice(0,2))); t(lambda: de(m,'a'))
t(lambda: m.read(5)); t(lambda: m.read('x')); t(lambda: m.readline()); t(lambda: m.readline()); t(lambda: m.tell()); t(lambda: m.seek(-3)); t(lambda:m.seek(0,7)); t(lambda: m.seek(1000)); t(lambda: m.seek(-2,2)); t(lambda: m.read()); t(lambda: m.read_byte()); t(lambda: m.write_byte(1)); t(lambda:m.write(b'xx')); t(lambda: m.write('x')); t(lambda: m.seek(0)); t(lambda: m.write(b'xx')); t(lambda: m.write_byte(300)); t(lambda: m.write_byte(-1)); t(lambda: m.write_byte('a')); t(lambda: m.write_byte(65)); t(lambda: m.seek(0,0)); t(lambda: m.find(b'world')); t(lambda: m.rfind(b'world')); t(lambda: m.find(b'world',20,24)); t(lambda: m.find(b'',5)); t(lambda: m.find(b'', 50, 3)); t(lambda: m.rfind(b'',5,9)); t(lambda: m.find('x')); t(lambda: m.find(b'o', -5)); t(lambda: m.find(b'x','a')); t(lambda: m.find()); t(lambda: m.find(b'x',None,None))
t(lambda: m.flush()); t(lambda: m.flush(0,1000)); t(lambda: m.flush(-1)); t(lambda: m.flush(1,3)); t(lambda: m.flush(0,None)); t(lambda: m.move(0,5,3)); t(lambda: m.move(0,200,3)); t(lambda: m.move(-1,2,3)); t(lambda: m.size()); t(lambda: m.seekable()); t(lambda: m.madvise(mmap.MADV_NORMAL)); t(lambda: m.madvise(mmap.MADV_NORMAL,500)); t(lambda: m.madvise(0,0,-1)); t(lambda: m.madvise(99999)); t(lambda: m.madvise(0,1,2**63-1)); t(lambda: m.madvise(0,1,2));t(lambda: m.madvise(0,-1))
v=memoryview(m); t(lambda: (v.readonly,v.format,v.nbytes)); t(lambda: m.close()); t(lambda: m.resize(10)); v.release(); t(lambda: m.resize(5000)); t(lambda:len(m)); t(lambda: m[4999]); t(lambda: m.resize(-1)); t(lambda: m.resize(10)); t(lambda: m.tell()); t(lambda:(m.closed,m)); t(lambda: m.resize(0)); t(lambda: len(m)); t(lambda: hash(m)==hash(m)); t(lambda: m==m)
m.close(); t(lambda:m.closed); t(lambda:m)
for g in (lambda: m[0], lambda: len(m), lambda: m.read(), lambda: m.close(), lambda: memoryview(m), lambda: m.__enter__(), lambda: m.__exit__(1,2,3), lambda: m.size(), lambda: st(m,0,1), lambda: m.flush(), lambda: m.find(b''), lambda:m.seekable()): t(g)
e=tempfile.TemporaryFile(); t(lambda: mmap.mmap(e.fileno(),0))
m=mmap.mmap(-1,4096,flags=mmap.MAP_PRIVATE); t(lambda: m.resize(8192)); t(lambda: len(m))
class S(mmap.mmap): pass
s=S(-1,5); s.a=3; t(lambda: s.a)
import weakref; t(lambda: weakref.ref(m)() is m)
t(lambda: mmap.error); t(lambda: type(mmap.mmap.__dict__['closed']))
f = tempfile.TemporaryFile(); f.write(b'0123456789' * 10); f.flush()
for a, k in ((-1, 10), {}), ((-1, 0), {}), ((-1, -1), {}), ((f.fileno(), 0), dict(access=9)), ((f.fileno(), 0), dict(access=1, prot=1)), ((f.fileno(), 10**6), {}), ((f.fileno(), 0), dict(offset=10**6)), ((f.fileno(), 0), dict(offset=-1)), ((999, 10), {}), ((), {}), ((1,), {}), (('a', 1), {}), ((-1, 'a'), {}), ((-1, 2**70), {}), ((f.fileno(), 0), dict(access=1)), ((f.fileno(), 0), dict(access=2)), ((f.fileno(), 0), dict(access=3)), ((f.fileno(), 0), dict(prot=1)), ((f.fileno(), 0), dict(prot=0)), ((f.fileno(), 0), dict(trackfd=False)), ((-1, 10, 1, 3, 0, 0, False), {}), ((-1, 1), dict(x=1)):
    def go():
        m = mmap.mmap(*a, **k); r = []
        for g in lambda: repr(m), lambda: m.size(), lambda: m.resize(20), lambda: m.write(b'q'), lambda: memoryview(m).readonly, lambda: st(m, 0, 1), lambda: m.move(0, 0, 0), lambda: m.flush():
            try: r.append(g())
            except BaseException as e: r.append((type(e).__name__, str(e)))
        return r
    t(go)
import threading
m = mmap.mmap(-1, 1000)
def write(n):
    for i in range(1000): m[i] = n; m[0:4] = bytes([n]) * 4; m.seek(i); m.read(3); m.find(b'\x05'); m.rfind(b'\x01')
def close():
    for _ in range(200):
        try: memoryview(m)[:3].tobytes(); m.resize(500)
        except (BufferError, ValueError): pass
ts = [threading.Thread(target=write, args=(n,)) for n in range(4)] + [threading.Thread(target=close)]
for x in ts: x.start()
for x in ts: x.join()
print(len(m[:10]))

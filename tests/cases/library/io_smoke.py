# io: text and binary files, buffering, newlines, seeking, StringIO and BytesIO, errors.
import io, os, tempfile
d = tempfile.mkdtemp(); p = os.path.join(d, 'f.txt')
def err(f, *a, **k):
    try: print(repr(f(*a, **k)))
    except Exception as e: print(type(e).__name__ + ':', str(e).replace(d, 'D'))
with open(p, 'w', encoding='utf-8') as f: print(f.write('héllo\nwörld\n'), f.tell(), f.name == p, f.mode, f.encoding, f.closed, f.readable(), f.writable(), f.seekable())
print(f.closed, os.path.getsize(p)); err(f.write, 'x')
with open(p, encoding='utf-8') as f: print(f.read(2), f.readline(), f.readlines(), f.read(), f.seek(0), next(f), list(f)); err(f.write, 'x')
err(f.read); err(open, p, 'z'); err(open, p, 'rw'); err(open, d); err(open, os.path.join(d, 'no')); err(open, p, 'rb', encoding='utf-8'); err(open, p, buffering=0); err(open, p, 'x'); err(open, 5.5); err(open, 'a\0b'); err(open, p, newline='q'); err(open, -1); err(open, 99999); err(open, p, errors=5); err(open, '')
with open(p, 'rb') as f: print(type(f).__name__, type(f.raw).__name__, f.read(3), f.peek(1)[:1], f.seek(-3, 2), f.read(), f.tell(), f.readinto(bytearray(2)))
with open(p, 'r+b') as f: f.seek(1); f.write(b'E'); f.seek(0); print(f.read(4)); f.truncate(3); print(f.seek(0, 2))
with open(p, 'a+', encoding='latin-1') as f: f.write('end'); f.seek(0); print(f.read())
with open(p, 'wb') as f: f.write(b'a\r\nb\rc\n\xff')
for nl in (None, '', '\n', '\r', '\r\n'):
    with open(p, newline=nl, encoding='latin-1') as f: print(repr(nl), f.readlines(), f.newlines)
with open(p, encoding='utf-8') as f: err(f.read)
with open(p, encoding='utf-8', errors='replace') as f: print(ascii(f.read()[-1]))
s = io.StringIO('abc\ndef'); print(s.read(2), s.readline(), s.tell(), s.seek(0), s.read(), s.getvalue(), s.write('X'), s.getvalue(), s.truncate(2), s.getvalue()); err(s.write, b'x'); err(s.seek, -1); err(s.seek, 1, 1); s.close(); err(s.read); b = io.BytesIO(b'abc'); print(b.read(1), b.getvalue(), b.seek(1), b.write(b'ZZZ'), b.getvalue(), bytes(b.getbuffer()), b.read1(), b.readline()); err(b.write, 'x'); v = b.getbuffer(); err(b.write, b'more' * 5); v.release(); print(io.BytesIO(b'a\nb').readlines(), list(io.StringIO('x\ny\n')))
t = io.TextIOWrapper(io.BytesIO(b'caf\xc3\xa9\r\n'), encoding='utf-8'); print(t.readline(), t.encoding, t.line_buffering, t.buffer.tell()); t.detach(); err(t.read); w = io.TextIOWrapper(b2 := io.BytesIO(), 'utf-16', newline='\r\n'); w.write('a\n'); w.flush(); print(b2.getvalue()); w.reconfigure(encoding='latin-1') if 0 else None; r = io.BufferedReader(io.BytesIO(b'abcdef'), 2); print(r.read(1), r.peek()[:1], r.read1(10), r.read()); rw = io.BufferedRandom(io.BytesIO(b'12345')); rw.seek(2); rw.write(b'X'); rw.seek(0); print(rw.read()); err(io.BufferedReader, io.BytesIO(), 0); err(io.TextIOWrapper, io.BytesIO(), 'nope'); err(io.RawIOBase().read); err(io.open_code, p) if 0 else print(io.DEFAULT_BUFFER_SIZE, io.SEEK_END, issubclass(io.FileIO, io.RawIOBase), io.UnsupportedOperation.__mro__[1:3])
f = open(p); fd = f.fileno(); f.close(); err(os.fstat, fd) if 0 else print(fd > 2); import warnings
with warnings.catch_warnings(record=True) as ws: warnings.simplefilter('always'); open(p); print([str(x.message).split(' name')[0] for x in ws])

# printf-style formatting of str and bytes.
def f(fmt, *a):
    try:
        print(fmt % (a if len(a) != 1 else a[0]))
    except Exception as e:
        print(type(e).__name__ + ':', e)
f('%d %i %u', 1, 2.9, True); f('%5d|%-5d|%05d|%+d|% d', 1, 2, 3, 4, 5); f('%x %X %#x %o %#o', 255, 255, 255, 8, 8); f('%e %E %f %F %g %G', 1.5, 1.5, 1.5, 1.5, 1e-10, 1e-10)
f('%s %r %a', 'é', 'é', 'é'); f('%c%c', 'a', 98); f('%%'); f('%5.1f|%-8.3e|%+.2g', 3.14159, 3.14159, 3.14159); f('%*d|%-*d|%.*f', 5, 1, 5, 2, 2, 3.14159); f('%(a)s %(b)05d', {'a': 1, 'b': 2})
f('%10.3s|', 'abcdef'); f('%-10s|', 'ab'); f('%s', (1,)); f('%s', None); f('%s'); f('%d', 'a'); f('%d', 1j); f('%x', 1.5); f('%c', 'ab'); f('%c', -1); f('%c', 0x110000); f('%s %s', 1); f('%s', 1, 2); f('%z', 1); f('%', 1); f('%(a', {}); f('%(a)s', 1); f('%(a)s', {'b': 1}); f('%*d', 'x', 1); f('abc', 1); f('abc', {}); f('abc', []); f('%.3d|%8.3d|%#.3x', 5, -5, 10); f('%i', '1'); f('%f', 'x'); f('%5%|%-5%|'); f('%ld %hd %Ld', 1, 2, 3); f('%s %(a)s', {'a': 1}); f('%d', 10**25); f('%x', -10**20); f('%.50f', 0.1); f('%g', 1e5); f('%g', 1e6); f('%#g', 1.0); f('%+s', 1); f('%05s', 'a'); f('%r', 'it\'s'); f('%d', float('nan')); f('%d', float('inf')); f('%.0f', 0.5); f('%.0f', 1.5); f('% 5d', -3); f('%+5d', 3); f('%c', 1.5); f('%-05d|', 3)
class D:
    def __getitem__(self, k): return k * 2
    def __str__(self): return 'strD'
    def __index__(self): return 3
f('%(ab)s %s', D()); f('%(ab)s', D()); f('%d %x' , D(), D()); f('%s', D())
f(b'%d %s %a %b %c', 1, b'x', 'é', b'y', 65); f(b'%s', 'str'); f(b'%b', 1); f(b'%r', 'é'); f(b'%5.1f|%x', 2.25, 255); f(b'%c', 256); f(b'%c', b'ab'); f(b'%(a)s', {b'a': b'v'}); f(bytearray(b'%d!'), 3)

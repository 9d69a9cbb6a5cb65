import io, os, tempfile
path = os.path.join(tempfile.mkdtemp(), 'f.txt')
with open(path, 'w') as f:
    f.write('line one\nline two\n')
with open(path) as f:
    for line in f:
        print(line.strip())
with open(path, 'rb') as f:
    print(f.read()[:8])
s = io.StringIO()
print('into', file=s)
print(repr(s.getvalue()))
os.remove(path)
print(os.path.exists(path))

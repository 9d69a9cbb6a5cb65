class CM:
    def __enter__(self):
        print('enter')
        return 5
    def __exit__(self, t, v, tb):
        print('exit', t)
        return True
with CM() as x:
    print(x)
with CM():
    raise ValueError('gone')
print('after')

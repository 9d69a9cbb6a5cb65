class D:
    def __init__(self, n): self.n = n
    def __del__(self): print('del', self.n)
d = D(1)
d = D(2)
print('replaced')
del d
print('gone')
def f():
    x = D(3)
    print('in f')
f()
print('end')

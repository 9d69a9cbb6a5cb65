def twice(f):
    def w(*a):
        return f(f(*a))
    return w
@twice
def inc(x):
    return x + 1
print(inc(5))
def tag(name):
    def deco(cls):
        cls.tag = name
        return cls
    return deco
@tag('t')
class C: pass
print(C.tag)

# Classes that change after their instances' attributes were read and written at the same sites.


def read(o):
    return o.x


def write(o, v):
    o.x = v


def call(o):
    return o.m()


class Data:
    def __get__(self, obj, cls):
        return "data"

    def __set__(self, obj, value):
        print("set", value)


class Plain:
    pass


class Base:
    pass


class A(Base):
    def __init__(self):
        self.x = 1


a = A()
for _ in range(3):
    print(read(a))
    write(a, 2)
A.x = Data()
print(read(a))
write(a, 3)
print(a.__dict__)
del A.x
print(read(a))
write(a, 4)
print(read(a))

# On a base class.
Base.x = property(lambda self: "property")
print(read(a))
try:
    write(a, 5)
except AttributeError as e:
    print(e)
del Base.x
print(read(a))

# The descriptor's class becomes one of data descriptors.
A.x = Plain()
print(read(a))
Plain.__get__ = lambda self, obj, cls: "got"
print(read(a))
Plain.__set__ = lambda self, obj, value: print("Plain.__set__", value)
print(read(a))
write(a, 6)
del Plain.__set__
print(read(a))
del Plain.__get__, A.x
print(read(a))

# A value of the class that gets __get__ afterwards.
class Value:
    def __repr__(self):
        return "Value()"


class B:
    x = Value()
    m = Value()


b = B()
for _ in range(3):
    print(read(b), read(B))
Value.__get__ = lambda self, obj, cls: ("bound", obj is b, cls)
print(read(b), read(B))
del Value.__get__
Value.__call__ = lambda self: "called"
print(call(b))
print(call(b))
Value.__get__ = lambda self, obj, cls: lambda: "bound"
print(call(b))

# Hooks that appear and go.
A.__getattribute__ = lambda self, name: f"<{name}>"
print(read(a))
del A.__getattribute__
print(read(a))
A.__setattr__ = lambda self, name, value: print("setattr", name, value)
write(a, 7)
del A.__setattr__
write(a, 8)
print(read(a))


# Other bases.
class Other:
    x = property(lambda self: "other base")


class C(Base):
    def __init__(self):
        self.x = 1


c = C()
for _ in range(3):
    print(read(c))
C.__bases__ = (Other,)
print(read(c))
C.__bases__ = (Base,)
print(read(c))

# Another class.
class D:
    x = property(lambda self: "class D")


c.__class__ = D
print(read(c))
c.__class__ = C
print(read(c))

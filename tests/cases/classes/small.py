class Animal:
    count = 0
    def __init__(self, name):
        self.name = name
        Animal.count += 1
    def speak(self):
        return f'{self.name} makes a sound'
class Dog(Animal):
    def speak(self):
        return super().speak() + ': woof'
    def __repr__(self):
        return f'Dog({self.name!r})'
d = Dog('Rex')
print(d.speak(), d, Animal.count, isinstance(d, Animal), Dog.__name__, type(d))
d.age = 3
print(d.age, d.__dict__, hasattr(d, 'nope'), getattr(d, 'nope', 'default'))
class P:
    @property
    def x(self): return 42
    @staticmethod
    def s(): return 's'
    @classmethod
    def c(cls): return cls.__name__
print(P().x, P.s(), P.c(), P().c())

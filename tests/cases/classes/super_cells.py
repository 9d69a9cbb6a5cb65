# super() without arguments looks at __class__ and the first argument when it is called.
class C:
    def attribute(self):
        return super().attribute

    def alone(self):
        return super()

    def explicit(self):
        return super(__class__, self).explicit

    def method(self):
        return super().method()

    def written(self):
        super().x = 1

    def without_attribute(self):
        del self
        return super().without_attribute

    def without(self):
        del self
        return super()


NAMES = ["attribute", "alone", "explicit", "method", "written"]


def show(cls, this, names=NAMES):
    for name in names:
        try:
            print(name, getattr(cls, name)(this))
        except Exception as error:
            print(name, type(error).__name__, error)


cell = C.attribute.__closure__[0]
for value in (99, "text", None):
    cell.cell_contents = value
    show(C, C())
del cell.cell_contents
show(C, C())
cell.cell_contents = C
show(C, C(), ["without_attribute", "without"])
show(C, 5)

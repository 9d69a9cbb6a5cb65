class Refused(Exception):
    def __str__(self):
        return 'refused: %s' % self.args

class Outer:
    class Inner(Refused):
        pass

try:
    raise Refused('a') from None
except Refused:
    raise Outer.Inner('b\nc')

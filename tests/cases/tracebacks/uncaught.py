#: exit 1
#: stderr
# An uncaught exception through several frames.
def inner(value):
    return value['missing']['key']

def middle(*args):
    result = [inner(a) for a in args]
    return result

class C:
    def method(self):
        return middle({'missing': None}) + 1

print('before')
C().method()

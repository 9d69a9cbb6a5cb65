try:
    1 / 0
except ZeroDivisionError as e:
    print('caught', e)
try:
    [][1]
except (KeyError, IndexError) as e:
    print(type(e).__name__, e)
finally:
    print('finally')
def f():
    try:
        return 'try'
    finally:
        print('cleanup')
print(f())
class MyError(Exception):
    pass
try:
    try:
        raise MyError('mine')
    except MyError:
        raise ValueError('other')
except ValueError as e:
    print(e, repr(e.__context__))
try:
    undefined
except NameError as e:
    print(e)
else:
    print('no')

def ratio(a, b):
    return a / b

try:
    ratio(1, 0)
except ZeroDivisionError as error:
    raise ValueError('no ratio') from error

import traceback
def f():
    raise ValueError('boom')
try:
    f()
except ValueError:
    print(traceback.format_exc().replace(__file__, 'FILE'))

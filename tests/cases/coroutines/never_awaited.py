#: stderr
# The RuntimeWarning of a coroutine that nobody awaited, and of an async generator left open.
async def forgotten(): pass
async def other():
    forgotten()
    return 'other done'
forgotten()
try:
    other().send(None)
except StopIteration as e:
    print(e.value)
c = forgotten()
c.close()
del c
import warnings
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter('always')
    forgotten()
    print(len(w), w[0].message, w[0].category.__name__)

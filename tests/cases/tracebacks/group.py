#: exit 1
#: stderr
# The tree that an exception group prints.
def fail(n):
    raise ValueError(f'number {n}')
errors = []
for i in range(3):
    try:
        fail(i)
    except ValueError as e:
        errors.append(e)
try:
    raise TypeError('nested one')
except TypeError as e:
    nested = ExceptionGroup('nested', [e, OSError(2, 'No such file')])
raise ExceptionGroup('several failed', errors + [nested])

def fail(text):
    raise ValueError(text)

errors = []
for text in 'ab':
    try:
        fail(text)
    except ValueError as error:
        errors.append(error)
raise ExceptionGroup('both', errors)

def first():
    return {}['key']

def second():
    try:
        first()
    except KeyError:
        return undefined_name + 1

second()

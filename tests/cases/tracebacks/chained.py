#: exit 1
#: stderr
# Cause and context are printed before the exception itself.
def a():
    try:
        b()
    except KeyError as e:
        raise ValueError('converted') from e

def b():
    try:
        1 / 0
    except ZeroDivisionError:
        {}['absent']

def main():
    try:
        a()
    except ValueError as e:
        e.add_note('a note')
        e.add_note('over\ntwo lines')
        raise

main()

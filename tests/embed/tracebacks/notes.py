class Odd(Exception):
    pass

def check(n):
    if n % 2:
        error = Odd('odd: ' + str(n))
        error.add_note('even numbers only')
        raise error

for n in [2, 4, 5]:
    check(n) or None

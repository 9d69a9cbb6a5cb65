#: exit 1
#: stderr
# The display of a SyntaxError in the script itself.
def f():
    x = (1, 2
    y = 3

print(f())

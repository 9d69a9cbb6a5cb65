import inspect

for function in (sorted, len, print, sum, max, open, isinstance, round, pow):
    try:
        print(function.__name__, inspect.signature(function))
    except ValueError as e:
        print(function.__name__, e)
for wrong in (lambda: sorted(), lambda: sorted([1], [2]), lambda: sorted([1], nope=1), lambda: sorted([1], key=3)):
    try:
        print(wrong())
    except TypeError as e:
        print(e)
print(sorted([3, 1, 2], reverse=True), sorted("bA", key=str.lower))

#: exit 1
#: stderr
value = 1
print(valeu)

#: exit 1
#: stderr
print('never: ÿş')

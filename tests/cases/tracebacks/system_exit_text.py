#: exit 1
#: stderr
# sys.exit with a message prints it on stderr and gives 1.
import sys, atexit
atexit.register(print, 'atexit ran')
try:
    sys.exit('the message')
finally:
    print('finally ran')

#: exit 7
import sys
class C:
    def __del__(self): print('deleted at exit')
c = C()
def f(): sys.exit(7)
try: f()
except Exception: print('not an Exception')

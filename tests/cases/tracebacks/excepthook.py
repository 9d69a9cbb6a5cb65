#: exit 1
#: stderr
# A custom sys.excepthook, then one that fails.
import sys
def hook(t, v, tb):
    print('hook', t.__name__, v, tb is not None)
    raise KeyError('hook failed')
sys.excepthook = hook
raise ValueError('original')

# What gc.callbacks are given, and what becomes of their errors.
import gc
import sys


class Ring:
    def __init__(self):
        self.me = self


def show(phase, info):
    print(phase, sorted(info.items()))


def fail(phase, info):
    raise ValueError(phase)


def hook(args):
    print(args.err_msg.split(" <")[0], "|", args.exc_type.__name__, args.exc_value, args.object)


gc.disable()
gc.collect()
gc.callbacks.append(show)
Ring(), Ring()
print(gc.collect())
print(gc.collect(0))
sys.unraisablehook = hook
gc.callbacks.insert(0, fail)
print(gc.collect(1))
gc.callbacks.clear()

"""The accelerated half of pickle, which here is the same Python code as the other; PickleBuffer is native."""
from _pickle_buffer import PickleBuffer

_PRIVATE = {"Pickler", "Unpickler", "dump", "dumps", "load", "loads"}
_SHARED = {"PickleError", "PicklingError", "UnpicklingError"}


def __getattr__(name):
    # Each half imports the other, so names are looked up when they are wanted.
    if name not in _PRIVATE and name not in _SHARED:
        raise AttributeError(f"module '_pickle' has no attribute '{name}'")
    import pickle

    return getattr(pickle, "_" + name if name in _PRIVATE else name)


def __dir__():
    return sorted(_PRIVATE | _SHARED | {"PickleBuffer"})

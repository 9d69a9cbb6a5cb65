"""What CPython's own tests want of the C API, in Python: items by a C integer, past __index__, and attributes by bytes."""
import sys
import types


def _position(sequence, index):
    return index + len(sequence) if index < 0 and hasattr(type(sequence), "__len__") else index


def sequence_getitem(sequence, index):
    return type(sequence).__getitem__(sequence, _position(sequence, index))


def sequence_setitem(sequence, index, value):
    type(sequence).__setitem__(sequence, _position(sequence, index), value)


def sequence_delitem(sequence, index):
    type(sequence).__delitem__(sequence, _position(sequence, index))


def object_hasattrstring(object, name):
    return int(hasattr(object, name.decode()))


def PyImport_AddModuleRef(name):
    name = name.decode()
    return sys.modules.setdefault(name, types.ModuleType(name))


def _py_getbuiltwithassert():
    return 0

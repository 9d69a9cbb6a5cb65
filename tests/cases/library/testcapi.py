# What _testcapi has: members of C types, ways of calling, threads that the interpreter has not started.
import _testcapi
import threading
import warnings

warnings.simplefilter("error")
for cls in (_testcapi._test_structmembersType_OldAPI, _testcapi._test_structmembersType_NewAPI):
    members = cls()
    for name, values in {
        "T_BOOL": (True, 1),
        "T_BYTE": (-128, 128, 2**70, None),
        "T_UBYTE": (255, 256, -1),
        "T_SHORT": (-(2**15), 2**15),
        "T_USHORT": (65535, 65536),
        "T_INT": (-(2**31), 2**31, "x"),
        "T_UINT": (2**32 - 1, 2**32, -1, 2**65, -(2**65)),
        "T_LONG": (-(2**63), 2**63),
        "T_ULONG": (2**64 - 1, 2**64, -1),
        "T_PYSSIZET": (2**63 - 1, 2**63, 1.5),
        "T_FLOAT": (1.5, 0.1, "x"),
        "T_DOUBLE": (0.1, None),
        "T_LONGLONG": (2**63 - 1, -(2**63) - 1),
        "T_ULONGLONG": (2**64 - 1, -(2**64)),
        "T_CHAR": ("z", "zz", b"z"),
        "T_STRING_INPLACE": ("text",),
    }.items():
        for value in values:
            try:
                setattr(members, name, value)
            except Exception as error:
                print(name, type(error).__name__, error)
            print(name, getattr(members, name))
    try:
        del members.T_INT
    except TypeError as error:
        print(error)

for target in (_testcapi, _testcapi.MethClass, _testcapi.MethClass(), _testcapi.MethStatic()):
    print(
        target.meth_varargs(1, 2)[1:], target.meth_fastcall_keywords(1, x=2)[1:], target.meth_o(3)[1:],
        _testcapi.pyobject_vectorcall(target.meth_varargs_keywords, (1, 2), ("x",))[1:],
        _testcapi.pyobject_fastcalldict(target.meth_fastcall, (1, 2), None)[1:],
    )
instance = _testcapi.MethInstance()
print(instance.meth_noargs() is instance, _testcapi.MethStatic.meth_noargs())

seen = []
_testcapi.call_in_temporary_c_thread(lambda: seen.append(threading.get_ident()))
print(len(seen), seen[0] != threading.get_ident())
go = threading.Event()
_testcapi.call_in_temporary_c_thread(go.wait, False)
go.set()
_testcapi.join_temporary_c_thread()
print(_testcapi.config_get("code_debug_ranges"), _testcapi.INT_MAX, _testcapi.ULLONG_MAX)

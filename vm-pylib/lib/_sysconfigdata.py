"""What sysconfig takes from the build: Orochi has no Makefile, so only what programs ask for stands here."""

import sys

_prefix = sys.base_prefix
_version = f"{sys.version_info.major}.{sys.version_info.minor}"

build_time_vars = {
    "ABIFLAGS": getattr(sys, "abiflags", ""),
    "AR": "ar",
    "BINDIR": f"{_prefix}/bin",
    "BINLIBDEST": f"{_prefix}/lib/python{_version}",
    "CC": "cc",
    "CONFIG_ARGS": "",
    "CXX": "c++",
    "EXE": "",
    "EXT_SUFFIX": f".{sys.implementation.cache_tag}.so",
    "HAVE_FORK": 1,
    "INCLUDEPY": f"{_prefix}/include/python{_version}",
    "LIBDEST": f"{_prefix}/lib/python{_version}",
    "LIBDIR": f"{_prefix}/lib",
    "MULTIARCH": getattr(sys.implementation, "_multiarch", ""),
    "_Py_HAVE_STRERROR_R": 1,
    "Py_DEBUG": 0,
    "Py_ENABLE_SHARED": 0,
    "Py_GIL_DISABLED": int(not sys._is_gil_enabled()),
    "SCRIPTDIR": f"{_prefix}/lib",
    "SHELL": "/bin/sh",
    "SHLIB_SUFFIX": ".so",
    "SIZEOF_VOID_P": 8 if sys.maxsize > 2**32 else 4,
    "SOABI": sys.implementation.cache_tag,
    "TZPATH": "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
    "VERSION": _version,
    "WITH_DOC_STRINGS": 1,
}

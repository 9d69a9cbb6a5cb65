import sys
print(sys.maxsize, sys.byteorder, type(sys.argv), sys.getrecursionlimit(), sys.float_info.max, 'sys' in sys.modules)
print(sys.getsizeof(0) > 0, sys.intern('a') is sys.intern('a'), sys.version_info >= (3, 14), sys.exc_info())

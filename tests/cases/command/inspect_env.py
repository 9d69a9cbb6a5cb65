# os.environ, argv, executable, paths.
import sys, os
print(os.path.isabs(sys.executable), len(sys.argv), os.path.basename(sys.argv[0]), sys.path[0] == os.path.dirname(os.path.abspath(__file__)), type(sys.path_hooks).__name__, sys.flags.interactive, sys.getdefaultencoding(), sys.getfilesystemencoding(), sys.stdin.encoding, sys.prefix == sys.base_prefix, sys.getsizeof(1) > 0, sys.intern('abc') is sys.intern('abc'), sys.is_finalizing(), sys.exc_info(), sys.getrecursionlimit(), sys.warnoptions, sys.dont_write_bytecode, sys.builtin_module_names != (), 'sys' in sys.stdlib_module_names, sys.copyright.startswith('Copyright'))
os.environ['OROCHI_CASE'] = 'é'; print(os.getenv('OROCHI_CASE'), os.environb[b'OROCHI_CASE']); del os.environ['OROCHI_CASE']; print(os.getenv('OROCHI_CASE', 'gone'), 'PATH' in os.environ)
try: os.environ['a'] = 5
except TypeError as e: print(e)
print(__file__ == os.path.abspath(__file__), __spec__, __package__, type(__loader__).__name__, __builtins__.__name__, sorted(k for k in globals() if k.startswith('__')))

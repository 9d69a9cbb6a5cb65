# Modules that programs lean on import and have the right names.
import importlib
for name in '''abc argparse array ast asyncio atexit base64 binascii bisect builtins calendar cmath code codecs collections collections.abc
colorsys concurrent.futures configparser contextlib contextvars copy copyreg csv dataclasses datetime decimal difflib dis doctest email
email.message encodings.utf_8 enum errno faulthandler fileinput fnmatch fractions functools gc getopt getpass gettext glob graphlib heapq
html html.parser http importlib importlib.metadata importlib.resources inspect io ipaddress itertools json keyword linecache locale logging
logging.handlers marshal math mimetypes numbers opcode operator optparse os os.path pathlib pdb pickle pickletools pkgutil platform plistlib posix
posixpath pprint profile queue quopri random re reprlib runpy sched secrets select selectors shelve shlex shutil signal site stat statistics string
string.templatelib stringprep struct symtable sys sysconfig tabnanny tempfile textwrap this_is_not_here threading time timeit token tokenize tomllib
trace traceback tracemalloc types typing unicodedata unittest unittest.mock urllib.parse uuid warnings wave weakref xml.dom xml.etree.ElementTree zipapp
zipfile zipimport zoneinfo _thread _collections_abc _weakrefset annotationlib'''.split():
    try:
        importlib.import_module(name)
    except ImportError as e:
        print(name, type(e).__name__, e)
print('done')

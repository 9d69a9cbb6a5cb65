# The library's own modules are listed, with their packages, as if they lay in folders.
import json
import pkgutil
import email

names = {m.name: m.ispkg for m in pkgutil.iter_modules()}
print([(n, names.get(n)) for n in ("json", "os", "email", "argparse", "collections", "nonsense")])
print(sorted(m.name for m in pkgutil.iter_modules(json.__path__)))
print([(m.name, m.ispkg) for m in pkgutil.iter_modules(email.__path__, "email.") if m.ispkg])
print(sorted(n for _, n, _ in pkgutil.walk_packages(json.__path__, "json.")))
info = next(m for m in pkgutil.iter_modules() if m.name == "json")
print(info.module_finder.find_spec("json", None).name)
print(list(pkgutil.iter_modules(["/no/such/folder"])))

from _pyrepl._module_completer import ModuleCompleter

completer = ModuleCompleter()
for line in ("import jso", "import json.", "from json import dec", "from email.mi", "import conc"):
    print(line, completer.get_completions(line))

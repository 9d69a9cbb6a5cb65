# `__file__` keeps the path as it was given, below the working folder.
import os
import sys

if len(sys.argv) > 1:
    print(os.path.relpath(__file__[: -len("script_path.py")]) == ".", __file__.endswith("/./script_path.py"), flush=True)
else:
    os.system(f"{sys.executable} ./script_path.py again")

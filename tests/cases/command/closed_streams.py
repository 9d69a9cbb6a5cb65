# Standard descriptors that are closed at the start leave no streams.
import os
import sys

for closed in ("<&-", ">&-", "2>&-"):
    names = [name for name, sign in (("stdin", "<&-"), ("stdout", ">&-"), ("stderr", "2>&-")) if sign == closed]
    code = f"import os, sys; os._exit(7 if sys.{names[0]} is None else 8)"
    print(closed, os.waitstatus_to_exitcode(os.system(f"{sys.executable} -c '{code}' {closed}")), flush=True)

"""The plain prompt, line by line, for where the library's `_pyrepl` is not wanted or cannot run."""
import code
import linecache
import sys


class _Console(code.InteractiveConsole):
    def runsource(self, source, filename="<stdin>", symbol="single"):
        try:
            compiled = self.compile(source, filename, symbol)
        except (OverflowError, SyntaxError, ValueError):
            self.showsyntaxerror(filename, source=source)
            return False
        if compiled is None:
            return True
        # Tracebacks show lines that are in no file.
        linecache._register_code(compiled, source, filename)
        self.runcode(compiled)
        return False

    def raw_input(self, prompt=""):
        if sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty():
            return input(prompt)
        self.write(prompt)
        line = sys.stdin.readline() if sys.stdin is not None else ""
        if not line:
            raise EOFError
        return line.removesuffix("\n")


def run(namespace):
    """Reads and runs until the end of input."""
    _Console(namespace, "<stdin>").interact(banner="", exitmsg="")

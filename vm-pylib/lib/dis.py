"""Disassembler of Python byte code into mnemonics.

The functions and their arguments are those of CPython's module; the instructions are Orochi's. An offset counts two for
each 64-bit word of code.
"""

import collections
import io
import sys
import types

import _opcode
from opcode import *
from opcode import __all__ as _opcodes_all

__all__ = ["code_info", "dis", "disassemble", "distb", "disco",
           "findlinestarts", "findlabels", "show_code",
           "get_instructions", "Instruction", "Bytecode"] + _opcodes_all
del _opcodes_all

COMPILER_FLAG_NAMES = {
    1: "OPTIMIZED",
    2: "NEWLOCALS",
    4: "VARARGS",
    8: "VARKEYWORDS",
    16: "NESTED",
    32: "GENERATOR",
    64: "NOFREE",
    128: "COROUTINE",
    256: "ITERABLE_COROUTINE",
    512: "ASYNC_GENERATOR",
    0x4000000: "HAS_DOCSTRING",
    0x8000000: "METHOD",
}

Positions = collections.namedtuple(
    "Positions", ["lineno", "end_lineno", "col_offset", "end_col_offset"], defaults=[None] * 4)
Positions.__doc__ = "Where an instruction's source stands: lines from 1, columns in UTF-8 bytes from 0."

_Fields = collections.namedtuple(
    "_Fields",
    ["opname", "opcode", "arg", "argval", "argrepr", "offset", "start_offset", "starts_line", "line_number", "label",
     "positions", "cache_info", "end_offset", "jump_target"],
    defaults=[None] * 6)


class Instruction(_Fields):
    """Details for a bytecode operation.

    opname, opcode - the operation's name and number
    arg - None: an instruction has up to three operands
    argval - the constant, the name or the target it uses, otherwise its operands as text
    argrepr - its operands as text
    offset, start_offset, end_offset - where it starts and ends
    starts_line - True if it starts a source line
    line_number - its source line, or None
    label - a number if other code jumps here, otherwise None
    positions - a Positions object
    cache_info - None
    jump_target - the offset it may jump to, or None
    """

    __slots__ = ()

    @property
    def oparg(self):
        """Alias for Instruction.arg."""
        return self.arg

    @property
    def baseopcode(self):
        """The operation's number: operations are not specialized in place."""
        return self.opcode

    @property
    def baseopname(self):
        """The operation's name: operations are not specialized in place."""
        return self.opname

    @property
    def is_jump_target(self):
        """True if other code jumps to here, otherwise False"""
        return self.label is not None

    def __str__(self):
        return _Layout([self], {}).line(self, False)


class _Layout:
    """How wide the columns of a listing are."""

    def __init__(self, instructions, labels, offsets=False, positions=False):
        self.labels, self.positions = labels, positions
        lines = [self._where(i) for i in instructions]
        self.line_width = max((len(text) for text in lines), default=0)
        self.label_width = len(f"L{max(labels.values(), default=0)}:") if labels else 0
        self.offset_width = len(str(max((i.offset for i in instructions), default=0))) if offsets else 0

    def _where(self, i):
        if not self.positions:
            return "--" if i.line_number is None else str(i.line_number)
        p = i.positions
        if p is None or p.lineno is None:
            return "NO_LOCATION"
        return f"{p.lineno}:{p.col_offset}-{p.end_lineno}:{p.end_col_offset}"

    def line(self, i, current):
        parts = []
        if self.line_width:
            text = self._where(i) if i.starts_line or self.positions else ""
            parts.append(text.rjust(self.line_width))
        if self.label_width:
            parts.append((f"L{i.label}:" if i.label is not None else "").rjust(self.label_width + 1))
        parts.append("-->" if current else "   ")
        if self.offset_width:
            parts.append(str(i.offset).rjust(self.offset_width))
        operands = i.argrepr
        if i.jump_target in self.labels:
            head, _, _ = operands.rpartition("->")
            operands = f"{head}-> L{self.labels[i.jump_target]}"
        parts.append(f"{i.opname:<20} {operands}")
        return " ".join(parts).rstrip()


def _get_code_object(x):
    """Helper to handle methods, compiled or raw code objects, and strings."""
    if hasattr(x, "__func__"):
        x = x.__func__
    if hasattr(x, "__code__"):
        x = x.__code__
    elif hasattr(x, "gi_code"):
        x = x.gi_code
    elif hasattr(x, "ag_code"):
        x = x.ag_code
    elif hasattr(x, "cr_code"):
        x = x.cr_code
    if isinstance(x, str):
        x = _try_compile(x, "<disassembly>")
    if hasattr(x, "co_code"):
        return x
    raise TypeError("don't know how to disassemble %s objects" % type(x).__name__)


def _try_compile(source, name):
    try:
        return compile(source, name, "eval")
    except SyntaxError:
        return compile(source, name, "exec")


def _rows(co):
    return _opcode.instructions(co)


def _labels(co):
    targets = {row[4] for row in _rows(co) if row[4] is not None}
    targets.update(entry[2] for entry in _exception_entries(co))
    return {offset: n for n, offset in enumerate(sorted(targets), 1)}


def _exception_entries(co):
    """(start, end, target, depth, register) of each protected range, in offsets."""
    table = co.co_exceptiontable
    words = [int.from_bytes(table[i:i + 4], "little") for i in range(0, len(table), 4)]
    return [(a * 2, b * 2, c * 2, d, e) for a, b, c, d, e in zip(*[iter(words)] * 5)]


def get_instructions(x, *, first_line=None, show_caches=None, adaptive=False):
    """Iterator for the opcodes in methods, functions or code

    Generates a series of Instruction named tuples giving the details of each operation in the supplied code. If
    *first_line* is not None, it is the line number of the first source line; otherwise the code object's own is used.
    """
    co = _get_code_object(x)
    shift = first_line - co.co_firstlineno if first_line is not None else 0
    return _instructions(co, shift)


def _instructions(co, shift=0):
    labels = _labels(co)
    positions = [Positions(*row) for row in co.co_positions()]
    last = None
    for offset, end, opcode, text, target, constant, name in _rows(co):
        where = positions[offset // 2] if offset // 2 < len(positions) else Positions()
        line = where.lineno
        starts = line is not None and line != last
        if line is not None:
            last = line
        if name is not None:
            value = co.co_names[name] if name < len(co.co_names) else text
        elif constant is not None:
            value = co.co_consts[constant] if constant < len(co.co_consts) else text
        elif target is not None:
            value = target
        else:
            value = text
        yield Instruction(
            opname[opcode], opcode, None, value, text, offset, offset, starts,
            line + shift if line is not None else None, labels.get(offset), where, None, end, target)


def findlabels(code):
    """Detect all offsets in a code object that are jump targets, in order."""
    co = _get_code_object(code)
    return sorted({row[4] for row in _rows(co) if row[4] is not None})


def findlinestarts(code):
    """Find the offsets in a byte code which are start of lines in the source.

    Generate pairs (offset, lineno); lineno is None where the code has no source line.
    """
    last = False
    for start, end, line in code.co_lines():
        if line is not last:
            last = line
            yield start, line


def _find_imports(co):
    """Find import statements in the code: (module name, level, names or None)."""
    rows = list(_instructions(co))
    for index, i in enumerate(rows):
        if i.opname != "ImportName":
            continue
        loads = [r for r in rows[max(0, index - 2):index] if r.opname in ("LoadConst", "LoadInt")]
        if len(loads) == 2:
            level = loads[0].argval
            level = int(loads[0].argrepr.split()[-1]) if loads[0].opname == "LoadInt" else level
            yield i.argval, level, loads[1].argval if loads[1].opname == "LoadConst" else None


def _find_store_names(co):
    """Find names of variables which are written in the code."""
    seen = set()
    for i in _instructions(co):
        if i.opname in ("StoreName", "StoreGlobal") and i.argval not in seen:
            seen.add(i.argval)
            yield i.argval


def pretty_flags(flags):
    """Return pretty representation of code flags."""
    names = []
    for i in range(32):
        flag = 1 << i
        if flags & flag:
            names.append(COMPILER_FLAG_NAMES.get(flag, hex(flag)))
            flags ^= flag
            if not flags:
                break
    else:
        names.append(hex(flags))
    return ", ".join(names)


def code_info(x):
    """Formatted details of methods, functions, or code."""
    return _format_code_info(_get_code_object(x))


def _format_code_info(co):
    lines = [
        "Name:              %s" % co.co_name,
        "Filename:          %s" % co.co_filename,
        "Argument count:    %s" % co.co_argcount,
        "Positional-only arguments: %s" % co.co_posonlyargcount,
        "Kw-only arguments: %s" % co.co_kwonlyargcount,
        "Number of locals:  %s" % co.co_nlocals,
        "Stack size:        %s" % co.co_stacksize,
        "Flags:             %s" % pretty_flags(co.co_flags),
    ]
    groups = (("Constants", map(repr, co.co_consts)), ("Names", co.co_names), ("Variable names", co.co_varnames),
              ("Free variables", co.co_freevars), ("Cell variables", co.co_cellvars))
    for title, members in groups:
        members = list(members)
        if members:
            lines.append(title + ":")
            lines.extend("%4d: %s" % pair for pair in enumerate(members))
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Print details of methods, functions, or code to *file* (sys.stdout if it is not given)."""
    print(code_info(co), file=file)


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False, show_offsets=False,
        show_positions=False):
    """Disassemble classes, methods, functions, and other compiled objects.

    With no argument, disassemble the last traceback. Compiled objects include generators, async generators,
    coroutines, functions, methods, classes, code objects and source as text. *depth* limits the recursion into nested
    code.
    """
    if x is None:
        distb(file=file, show_offsets=show_offsets, show_positions=show_positions)
        return
    options = dict(file=file, show_offsets=show_offsets, show_positions=show_positions)
    if hasattr(x, "__func__"):
        x = x.__func__
    for name in ("__code__", "gi_code", "ag_code", "cr_code"):
        if hasattr(x, name):
            x = getattr(x, name)
            break
    if hasattr(x, "__dict__"):
        for name, value in sorted(x.__dict__.items()):
            if isinstance(value, _have_code):
                print("Disassembly of %s:" % name, file=file)
                try:
                    dis(value, depth=depth, **options)
                except TypeError as error:
                    print("Sorry:", error, file=file)
                print(file=file)
    elif hasattr(x, "co_code"):
        _disassemble_recursive(x, depth=depth, **options)
    elif isinstance(x, str):
        _disassemble_recursive(_try_compile(x, "<dis>"), depth=depth, **options)
    elif isinstance(x, (bytes, bytearray)):
        raise TypeError("code as plain bytes cannot be disassembled: it lacks its constants and names")
    else:
        raise TypeError("don't know how to disassemble %s objects" % type(x).__name__)


_have_code = (types.MethodType, types.FunctionType, types.CodeType, classmethod, staticmethod, type)


def distb(tb=None, *, file=None, show_caches=False, adaptive=False, show_offsets=False, show_positions=False):
    """Disassemble a traceback (default: last traceback)."""
    if tb is None:
        try:
            if hasattr(sys, "last_exc"):
                tb = sys.last_exc.__traceback__
            else:
                tb = sys.last_traceback
        except AttributeError:
            raise RuntimeError("no last traceback to disassemble") from None
    while tb.tb_next:
        tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file, show_offsets=show_offsets, show_positions=show_positions)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False, show_offsets=False,
                show_positions=False):
    """Disassemble a code object; the instruction at offset *lasti* is marked."""
    instructions = list(_instructions(co))
    labels = _labels(co)
    layout = _Layout(instructions, labels, show_offsets, show_positions)
    for i in instructions:
        if i.starts_line and i.offset:
            print(file=file)
        print(layout.line(i, i.offset == lasti), file=file)
    entries = _exception_entries(co)
    if entries:
        print("ExceptionTable:", file=file)
        for start, end, target, depth, register in entries:
            print(f"  {start} to {end} -> L{labels[target]} [from r{depth}, exception in r{register}]", file=file)


def _disassemble_recursive(co, *, file=None, depth=None, show_offsets=False, show_positions=False):
    disassemble(co, file=file, show_offsets=show_offsets, show_positions=show_positions)
    if depth is None or depth > 0:
        depth = None if depth is None else depth - 1
        for x in co.co_consts:
            if hasattr(x, "co_code"):
                print(file=file)
                print("Disassembly of %r:" % (x,), file=file)
                _disassemble_recursive(x, file=file, depth=depth, show_offsets=show_offsets,
                                       show_positions=show_positions)


# For compatibility with an earlier name.
disco = disassemble


class Bytecode:
    """The bytecode operations of a piece of code

    Instantiate this with a function, method, other compiled object, string of code, or a code object (as returned by
    compile()). Iterating over this yields the bytecode operations as Instruction instances.
    """

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False,
                 show_offsets=False, show_positions=False):
        self.codeobj = co = _get_code_object(x)
        self.first_line = co.co_firstlineno if first_line is None else first_line
        self._line_offset = self.first_line - co.co_firstlineno
        self._original_object = x
        self.current_offset = current_offset
        self.show_caches, self.adaptive = show_caches, adaptive
        self.show_offsets, self.show_positions = show_offsets, show_positions

    def __iter__(self):
        return _instructions(self.codeobj, self._line_offset)

    def __repr__(self):
        return "{}({!r})".format(self.__class__.__name__, self._original_object)

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """Construct a Bytecode from the given traceback."""
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti, show_caches=show_caches, adaptive=adaptive)

    def info(self):
        """Return formatted information about the code object."""
        return _format_code_info(self.codeobj)

    def dis(self):
        """Return a formatted view of the bytecode operations."""
        with io.StringIO() as output:
            offset = self.current_offset if self.current_offset is not None else -1
            disassemble(self.codeobj, offset, file=output, show_offsets=self.show_offsets,
                        show_positions=self.show_positions)
            return output.getvalue()


def main(args=None):
    """Disassemble a file given on the command line, or standard input."""
    import argparse

    parser = argparse.ArgumentParser(color=True)
    parser.add_argument("-C", "--show-caches", action="store_true", help="show inline caches")
    parser.add_argument("-O", "--show-offsets", action="store_true", help="show instruction offsets")
    parser.add_argument("-P", "--show-positions", action="store_true", help="show instruction positions")
    parser.add_argument("-S", "--specialized", action="store_true", help="show specialized bytecode")
    parser.add_argument("infile", nargs="?", default="-")
    args = parser.parse_args(args=args)
    if args.infile == "-":
        name, source = "<stdin>", sys.stdin.buffer.read()
    else:
        name = args.infile
        with open(args.infile, "rb") as infile:
            source = infile.read()
    code = compile(source, name, "exec")
    dis(code, show_caches=args.show_caches, adaptive=args.specialized, show_offsets=args.show_offsets,
        show_positions=args.show_positions)


if __name__ == "__main__":
    main()

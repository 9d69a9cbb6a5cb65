"""
opcode module - potentially shared between dis and other modules which
operate on bytecodes (e.g. peephole optimizers).

The instructions are Orochi's own: a register machine's, listed by name and number as its compiler emits them.
"""

__all__ = ["cmp_op", "stack_effect", "hascompare", "opname", "opmap",
           "HAVE_ARGUMENT", "EXTENDED_ARG", "hasarg", "hasconst", "hasname",
           "hasjump", "hasjrel", "hasjabs", "hasfree", "haslocal", "hasexc"]

import _opcode
from _opcode import stack_effect

opname = _opcode.names()
opmap = {name: number for number, name in enumerate(opname)}

# There are no opcodes without operands before a boundary, and none that extends another's operand.
HAVE_ARGUMENT = 0
EXTENDED_ARG = -1

cmp_op = ('<', '<=', '==', '!=', '>', '>=')

hasarg = [op for op in opmap.values() if _opcode.has_arg(op)]
hasconst = [op for op in opmap.values() if _opcode.has_const(op)]
hasname = [op for op in opmap.values() if _opcode.has_name(op)]
hasjump = [op for op in opmap.values() if _opcode.has_jump(op)]
hasjrel = hasjump
hasjabs = []
hasfree = [op for op in opmap.values() if _opcode.has_free(op)]
haslocal = [op for op in opmap.values() if _opcode.has_local(op)]
hasexc = [op for op in opmap.values() if _opcode.has_exc(op)]
hascompare = [opmap[name] for name in ("Lt", "Le", "Eq", "Ne", "Gt", "Ge")]

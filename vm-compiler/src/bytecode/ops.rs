//! The instruction set: one row an opcode, its semantics beside it.
//!
//! # Encoding
//!
//! An instruction is one 64-bit word, `op: u16 | a: u16 << 16 | b: u16 << 32 | c: u16 << 48`, followed by as many
//! extension words as its row says (`ext` column, 0 to 2). An extension word is `cache` (an inline cache, written 0 by
//! the compiler and owned by the runtime), `jump` (a signed 64-bit count of words, relative to the word *after* the
//! whole instruction) or `data` (its meaning is in the row). The program counter always points to a first word.
//!
//! # Registers and operands
//!
//! A frame is a window of registers: parameters and other locals first (`0..nlocals`, in `varnames` order), then cell
//! variables that are not parameters and free variables (each register holds the cell object; a parameter that is
//! captured is turned into a cell in its own register by `MakeCell`), then temporaries.
//!
//! Operand kinds:
//! * `dst`: a register that is written; whatever it held is dropped.
//! * `src`: a register that is read in place. Bit 15 (`CONSUME`) set means: this is a temporary and dies here; the
//!   handler drops or moves its value, so that destructors run at the instruction where CPython runs them.
//! * `reg`: a register that is read and stays alive, whatever it is (never has `CONSUME`).
//! * `base`: first of a run of consecutive temporaries, all consumed by the instruction, unless the row says otherwise.
//! * `n`, `imm`: unsigned count, signed 16-bit immediate. `konst`, `name`: indices into `consts` and `names`.
//! * `bc`: the operands b and c together are one 32-bit number (`b | c << 16`).
//!
//! # Rules (cited by the runtime as R1.. (bytecode))
//!
//! R0. The first word is a `Nop` with the line of the block's head. Execution begins at the second word.
//! R1. At entry every register that is not an argument is UNBOUND. A dead temporary never holds a counted reference:
//!     it was consumed, or holds an immediate or a borrowed reference. So a frame is left by dropping its locals.
//! R2. `Borrow` copies a local to a temporary without moving a count. The local must not be written or unbound while the
//!     temporary lives; where the compiler cannot show that, it emits `Own` on the temporary before the write. An
//!     instruction that keeps a consumed temporary's value (`Move` included) takes a reference of its own if it is
//!     borrowed.
//! R3. A `src` or `reg` that is a local is proven bound at that point, or preceded by `CheckLocal`.
//! R4. An exception with a handler drops, highest first, every temporary from the entry's `depth` on, then stores the
//!     exception in `r[reg]`, the exception handled before it in `r[reg + 1]`, makes the new one the handled one
//!     (`sys.exception()`), and goes on at `target`. `PopExcept` undoes that.
//! R5. Call windows are laid out `[callable, self or UNBOUND, arg0, arg1, ...]` in consecutive temporaries.
//! R6. Loops close with `JumpBack`, the safepoint.
//!
//! Source of the semantics: the Python 3.14 language reference, and the `dis` documentation where a row has the name of a
//! CPython opcode.

/// Set on a `src` operand that is a temporary and dies in the instruction.
pub const CONSUME: u16 = 0x8000;

/// Calls `$m!` with every row: `Name(a_kind, b_kind, c_kind) ext [words] "semantics";`
#[macro_export]
macro_rules! for_each_op {
    ($m:ident) => { $m! {
        Nop(_, _, _) [] "Nothing.";
        Trace(_, _, _) [] "Report the events of the next instruction to the thread's tracer. Only in the runtime's instrumented copies of code.";
        // ---- moves, constants, variables
        Move(dst, src, _) [] "r[a] = r[b]. A consumed temporary is moved; anything else is copied and counted.";
        Borrow(dst, reg, _) [] "r[a] = r[b] without a count (R2). `a` is a temporary.";
        Own(reg, _, _) [] "If temporary r[a] is a borrowed reference, count it, so that it survives a write to its local.";
        Drop(reg, _, _) [] "Drop r[a] and leave it UNBOUND (temporaries, and locals at `except` ends).";
        LoadConst(dst, bc, bc) [] "r[a] = consts[bc], borrowed: constants live as long as the code.";
        LoadInt(dst, bc, bc) [] "r[a] = the signed 32-bit integer bc.";
        LoadCommon(dst, n, _) [] "r[a] = builtin object number b of `Common` (AssertionError, NotImplementedError, tuple, all, any, __build_class__...).";
        CheckLocal(reg, n, _) [] "Raise UnboundLocalError/NameError for local (or cell/free variable) number a if r[a] is UNBOUND. For a cell register, see LoadDeref.";
        DeleteLocal(reg, _, _) [] "Unbind local a; UnboundLocalError if it is unbound already.";
        MakeCell(reg, _, _) [] "r[a] = new cell holding r[a] (or an empty cell if UNBOUND).";
        CopyFreeVars(reg, n, _) [] "Registers a..a+b = the b cells of the running function's closure, borrowed.";
        LoadDeref(dst, reg, _) [] "r[a] = contents of cell r[b]; NameError ('cannot access free variable ...') or UnboundLocalError if empty.";
        StoreDeref(reg, src, _) [] "Contents of cell r[a] = r[b].";
        DeleteDeref(reg, _, _) [] "Empty cell r[a]; error if it is empty already.";
        LoadFromDictOrDeref(dst, src, reg) [data] "Look names[data] up in mapping r[b]; where it is missing, contents of cell r[c].";
        LoadFromDictOrGlobals(dst, src, name) [] "Look names[c] up in mapping r[b], then globals, then builtins.";
        LoadGlobal(dst, name, _) [cache] "r[a] = names[b] from the frame's globals, then builtins; NameError.";
        StoreGlobal(name, src, _) [] "globals[names[a]] = r[b].";
        DeleteGlobal(name, _, _) [] "del globals[names[a]]; NameError.";
        LoadName(dst, name, _) [cache] "r[a] = names[b] from the frame's locals mapping, then globals, then builtins (module and class bodies).";
        StoreName(name, src, _) [] "locals[names[a]] = r[b].";
        DeleteName(name, _, _) [] "del locals[names[a]]; NameError.";
        LoadLocals(dst, _, _) [] "r[a] = the frame's locals mapping (class body).";
        SetupAnnotations(_, _, _) [] "Make sure the locals mapping has `__annotations__` (not used under PEP 649; kept for `from __future__ import annotations`).";

        // ---- arithmetic; each has an in-place twin that tries the in-place slot first
        Add(dst, src, src) [] "r[a] = r[b] + r[c].";
        Sub(dst, src, src) [] "-";
        Mul(dst, src, src) [] "*";
        TrueDiv(dst, src, src) [] "/";
        FloorDiv(dst, src, src) [] "//";
        Mod(dst, src, src) [] "%";
        Pow(dst, src, src) [] "**";
        MatMul(dst, src, src) [] "@";
        LShift(dst, src, src) [] "<<";
        RShift(dst, src, src) [] ">>";
        And(dst, src, src) [] "&";
        Or(dst, src, src) [] "|";
        Xor(dst, src, src) [] "^";
        IAdd(dst, src, src) [] "r[a] = r[b] += r[c]; `a` is the target's register where that is a plain local, so that `s += x` may grow in place.";
        ISub(dst, src, src) [] "-=";
        IMul(dst, src, src) [] "*=";
        ITrueDiv(dst, src, src) [] "/=";
        IFloorDiv(dst, src, src) [] "//=";
        IMod(dst, src, src) [] "%=";
        IPow(dst, src, src) [] "**=";
        IMatMul(dst, src, src) [] "@=";
        ILShift(dst, src, src) [] "<<=";
        IRShift(dst, src, src) [] ">>=";
        IAnd(dst, src, src) [] "&=";
        IOr(dst, src, src) [] "|=";
        IXor(dst, src, src) [] "^=";
        AddI(dst, src, imm) [] "r[a] = r[b] + imm, for a literal right operand that fits.";
        SubI(dst, src, imm) [] "r[a] = r[b] - imm.";
        MulI(dst, src, imm) [] "r[a] = r[b] * imm.";
        FloorDivI(dst, src, imm) [] "r[a] = r[b] // imm.";
        ModI(dst, src, imm) [] "r[a] = r[b] % imm.";
        LShiftI(dst, src, imm) [] "r[a] = r[b] << imm.";
        RShiftI(dst, src, imm) [] "r[a] = r[b] >> imm.";
        AndI(dst, src, imm) [] "r[a] = r[b] & imm.";
        IAddI(dst, src, imm) [] "r[a] = r[b] += imm.";
        ISubI(dst, src, imm) [] "r[a] = r[b] -= imm.";
        Neg(dst, src, _) [] "-r[b].";
        Pos(dst, src, _) [] "+r[b].";
        Invert(dst, src, _) [] "~r[b].";
        Not(dst, src, _) [] "not r[b].";
        ToBool(dst, src, _) [] "bool(r[b]).";

        // ---- comparison
        Lt(dst, src, src) [] "r[a] = r[b] < r[c].";
        Le(dst, src, src) [] "<=";
        Eq(dst, src, src) [] "==";
        Ne(dst, src, src) [] "!=";
        Gt(dst, src, src) [] ">";
        Ge(dst, src, src) [] ">=";
        Is(dst, src, src) [] "is";
        IsNot(dst, src, src) [] "is not";
        In(dst, src, src) [] "r[b] in r[c].";
        NotIn(dst, src, src) [] "not in";
        JumpLt(src, src, n) [jump] "If (r[a] < r[b]) has the truth value c (0 or 1), jump.";
        JumpLe(src, src, n) [jump] "<=";
        JumpEq(src, src, n) [jump] "==";
        JumpNe(src, src, n) [jump] "!=";
        JumpGt(src, src, n) [jump] ">";
        JumpGe(src, src, n) [jump] ">=";
        JumpLtI(src, imm, n) [jump] "If (r[a] < imm) has the truth value c, jump.";
        JumpLeI(src, imm, n) [jump] "<=";
        JumpEqI(src, imm, n) [jump] "==";
        JumpNeI(src, imm, n) [jump] "!=";
        JumpGtI(src, imm, n) [jump] ">";
        JumpGeI(src, imm, n) [jump] ">=";
        JumpIs(src, src, n) [jump] "If (r[a] is r[b]) is c, jump.";
        JumpIn(src, src, n) [jump] "If (r[a] in r[b]) is c, jump.";

        // ---- jumps
        Jump(_, _, _) [jump] "Forward or to a cold block; no safepoint.";
        JumpBack(_, _, _) [jump] "Backward: the loop's safepoint.";
        JumpIfTrue(src, _, _) [jump] "If bool(r[a]), jump.";
        JumpIfFalse(src, _, _) [jump] "If not bool(r[a]), jump.";
        JumpIfNone(src, _, _) [jump] "If r[a] is None, jump.";
        JumpIfNotNone(src, _, _) [jump] "If r[a] is not None, jump.";

        // ---- attributes and items
        LoadAttr(dst, src, name) [cache] "r[a] = r[b].names[c].";
        StoreAttr(src, name, src) [cache] "r[a].names[b] = r[c].";
        DeleteAttr(src, name, _) [] "del r[a].names[b].";
        LoadMethod(base, src, name) [cache] "r[a], r[a+1] = function, self (a plain function or method descriptor found on the type), or the attribute and UNBOUND. Starts a call window.";
        LoadSuperAttr(dst, base, name) [data] "r[a] = super(r[b+1], r[b+2]).names[c], where r[b] is the value of the global name `super`, r[b+1] the class and r[b+2] the instance. data is 1 for zero-argument super() (the compiler still fills b+1, b+2 from __class__ and the first parameter), 0 for two explicit arguments; it matters where `super` is not the builtin.";
        LoadSuperMethod(base, base, name) [data] "As LoadSuperAttr, into a call window at a as LoadMethod does; b..b+3 may overlap a..a+3.";
        GetItem(dst, src, src) [cache] "r[a] = r[b][r[c]].";
        GetItemI(dst, src, imm) [] "r[a] = r[b][imm], a literal index 0..32767.";
        SetItem(src, src, src) [] "r[a][r[b]] = r[c].";
        SetItemI(src, imm, src) [] "r[a][imm] = r[c].";
        DeleteItem(src, src, _) [] "del r[a][r[b]].";
        GetSlice(dst, src, base) [] "r[a] = r[b][r[c] : r[c+1]] (None where left out).";
        SetSlice(src, base, src) [] "r[a][r[b] : r[b+1]] = r[c].";
        BuildSlice(dst, base, n) [] "r[a] = slice of n = 2 or 3 registers.";

        // ---- building
        BuildTuple(dst, base, n) [] "r[a] = tuple of n registers.";
        BuildList(dst, base, n) [] "list";
        BuildSet(dst, base, n) [] "set";
        BuildMap(dst, base, n) [] "dict of n pairs (key, value, key, value...).";
        BuildString(dst, base, n) [] "r[a] = the n strings joined.";
        FormatSimple(dst, src, n) [] "r[a] = format(conv(r[b]), ''), conv c: 0 none, 1 str, 2 repr, 3 ascii.";
        FormatSpec(dst, base, n) [] "r[a] = format(conv(r[b]), r[b+1]), conv c.";
        BuildInterpolation(dst, base, n) [] "r[a] = Interpolation(value r[b], expression text r[b+1], conversion c, format spec r[b+2], which is '' where left out).";
        BuildTemplate(dst, base, _) [] "r[a] = Template(strings tuple r[b], interpolations tuple r[b+1]).";
        ListAppend(reg, src, _) [] "list r[a] appends r[b] (comprehensions, starred displays).";
        SetAdd(reg, src, _) [] "set r[a] adds r[b].";
        MapAdd(reg, base, _) [] "dict r[a][r[b]] = r[b+1].";
        ListExtend(reg, src, _) [] "list r[a] extends by iterable r[b] ('Value after * must be an iterable, not X').";
        ListToTuple(dst, src, _) [] "r[a] = tuple(list r[b]).";
        SetUpdate(reg, src, _) [] "set r[a] |= iterable r[b].";
        DictUpdate(reg, src, _) [] "dict r[a].update(mapping r[b]) (`**` in a display: ''X' object is not a mapping').";
        DictMerge(reg, src, reg) [] "As DictUpdate, for a call of r[c]: duplicate keys are 'got multiple values for keyword argument'.";
        UnpackSequence(src, base, n) [] "Write the n items of r[a] to r[b..b+n] (b is written, not consumed); ValueError 'not enough/too many values to unpack'.";
        UnpackPair(dst, dst, src) [] "r[a], r[b] = the two items of r[c], both plain locals; the errors of UnpackSequence, and nothing is written then.";
        UnpackEx(src, base, n) [data] "c items before the star, data items after: r[b..b+c], list r[b+c], r[b+c+1..].";

        // ---- iteration
        GetIter(dst, src, _) [] "r[a] = iter(r[b]).";
        ForIter(dst, reg, _) [cache, jump] "r[a] = next(r[b]); at its end drop r[b] (leave it UNBOUND) and jump.";
        GetYieldFromIter(dst, src, _) [] "As GetIter, but a coroutine is allowed in a coroutine (`yield from`).";
        GetAwaitable(dst, src, n) [] "r[a] = awaitable's iterator of r[b]; c: 0 await, 1 after __aenter__, 2 after __aexit__ (for the error text).";
        GetAIter(dst, src, _) [] "r[a] = r[b].__aiter__().";
        GetANext(dst, reg, _) [] "r[a] = awaitable's iterator of r[b].__anext__().";
        EndAsyncFor(src, src, _) [] "r[a] is the exception caught round __anext__: if StopAsyncIteration, drop it and the async iterator r[b]; else raise it again. (In a handler: PopExcept is not needed, this does it with a+1.)";

        // ---- calls (R5)
        Call(dst, base, n) [cache] "r[a] = r[b](r[b+2..b+2+c]); with self at r[b+1] if that is not UNBOUND.";
        CallFunction(dst, base, n) [cache] "As Call with no self: r[b+1] is neither read nor meaningful (a window that was not started by LoadMethod and its like).";
        CallKw(dst, base, n) [data] "As Call; the last len(names) of the n arguments are keywords named by the tuple consts[data & 0xffff_ffff]. Bit 32 of data set (CALLKW_NO_SELF): r[b+1] is not read, as in CallFunction.";
        CallEx(dst, base, n) [] "r[a] = r[b](*r[b+2], **r[b+3]); r[b+2] any iterable; c is 1 where r[b+3] is a dict of keywords, 0 where there are none and r[b+3] is not read; r[b+1] is never read.";
        Intrinsic1(dst, src, n) [] "r[a] = `Intrinsic1` number c of r[b].";
        Intrinsic2(dst, base, n) [] "r[a] = `Intrinsic2` number c of r[b], r[b+1].";
        MakeFunction(dst, base, n) [data] "r[a] = function of code consts[data]; flags c (MAKE_*) say which of these stand at b, in this order: defaults tuple, kwdefaults dict, annotate function, closure tuple.";
        LoadSpecial(base, src, n) [] "As LoadMethod, for special method number c of `Special` (__enter__, __exit__, __aenter__, __aexit__), looked up on the type; TypeError where missing ('... does not support the (asynchronous) context manager protocol').";
        Return(src, _, _) [] "Leave the frame with r[a].";
        Yield(dst, src, _) [] "Suspend with r[b]; when resumed r[a] is what was sent.";
        Send(dst, reg, src) [jump] "r[a] = r[b].send(r[c]) (or next() where r[c] is None). When r[b] is exhausted r[a] is its return value, r[b] is dropped, and it jumps.";
        YieldDelegate(dst, src, reg) [jump] "Suspend with r[b], delegating to r[c]: throw() and close() go to r[c] first; if that ends by StopIteration, r[a] is its value, r[c] is dropped and it jumps. When resumed r[a] is what was sent.";

        // ---- exceptions (R4)
        Raise(src, _, _) [] "raise r[a].";
        RaiseFrom(src, src, _) [] "raise r[a] from r[b].";
        RaiseBare(_, _, _) [] "raise: the handled exception again; RuntimeError 'No active exception to reraise'.";
        Reraise(reg, reg, _) [] "Handled exception = r[b+1], then raise r[a] again, its traceback unchanged. r[b] is the exception register of the outermost handler that is left: b = a at the end of an except chain that did not match and at the end of finally; b < a where an exception r[a] leaves the body of the handler whose exception is r[b]. The temporaries go as with any raise.";
        PopExcept(reg, _, _) [] "Handled exception = r[a+1]; drop r[a] and r[a+1].";
        JumpNoMatch(reg, src, _) [jump] "If exception r[a] does not match type(s) r[b] ('catching classes that do not inherit from BaseException is not allowed'), jump.";
        MatchGroup(base, src, _) [] "except*: r[a] is the rest (an exception, a group or None), r[b] the type(s). r[a+1] = matching part as a group (or None), r[a] = what is left; the matching part becomes the handled one if not None.";
        WithExit(dst, reg, reg) [] "r[a] = exit window at r[b] (callable, self) called with type, value, traceback of exception r[c]. The window stays alive.";

        // ---- pattern matching
        GetLen(dst, reg, _) [] "r[a] = len(r[b]).";
        MatchMapping(dst, reg, _) [] "r[a] = whether r[b] is a Mapping.";
        MatchSequence(dst, reg, _) [] "r[a] = whether r[b] is a Sequence (not str, bytes, bytearray).";
        MatchKeys(dst, reg, reg) [] "r[a] = tuple of values of mapping r[b] for keys tuple r[c], or None.";
        MatchClass(dst, reg, base) [data] "r[a] = tuple of attributes of r[b] for class r[c], keyword names tuple r[c+1], data positional sub-patterns, or None.";

        // ---- modules
        ImportName(dst, base, name) [] "r[a] = __import__(names[c], level r[b], fromlist r[b+1]).";
        ImportFrom(dst, reg, name) [] "r[a] = r[b].names[c], with import's fallbacks and its error.";
        ImportStar(src, _, _) [] "from r[a] import *, into the locals mapping.";
    } };
}

macro_rules! define_opcodes {
    ($($name:ident($a:tt, $b:tt, $c:tt) [$($ext:ident),*] $doc:literal;)*) => {
        /// An opcode; see the module for the encoding and each variant's semantics.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u16)]
        pub enum Op { $(#[doc = $doc] $name,)* }

        /// Every opcode in numeric order.
        pub const ALL: &[Op] = &[$(Op::$name,)*];

        impl Op {
            /// The opcode's name.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Op::$name => stringify!($name),)* } }

            /// Operand kinds of a, b, c (`"_"` where unused).
            #[must_use]
            pub const fn operands(self) -> [&'static str; 3] {
                match self { $(Op::$name => [stringify!($a), stringify!($b), stringify!($c)],)* }
            }

            /// Kinds of the extension words that follow.
            #[must_use]
            pub const fn extensions(self) -> &'static [&'static str] {
                match self { $(Op::$name => &[$(stringify!($ext)),*],)* }
            }

            /// The semantics, as documented in the table.
            #[must_use]
            pub const fn semantics(self) -> &'static str { match self { $(Op::$name => $doc,)* } }
        }
    };
}
for_each_op!(define_opcodes);

impl Op {
    /// The opcode with this number.
    #[must_use]
    pub fn from_u16(n: u16) -> Option<Op> {
        ALL.get(usize::from(n)).copied()
    }

    /// Words that the whole instruction takes.
    #[must_use]
    pub const fn words(self) -> usize {
        1 + self.extensions().len()
    }
}

/// In the data word of `CallKw`: the window has no self.
pub const CALLKW_NO_SELF: u64 = 1 << 32;

/// Flags of `MakeFunction`.
pub const MAKE_DEFAULTS: u16 = 1;
/// `kwdefaults` dict present.
pub const MAKE_KWDEFAULTS: u16 = 2;
/// Annotate function present (PEP 649).
pub const MAKE_ANNOTATE: u16 = 4;
/// Closure tuple present.
pub const MAKE_CLOSURE: u16 = 8;

/// Objects of `LoadCommon`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Common {
    AssertionError,
    NotImplementedError,
    Tuple,
    All,
    Any,
    List,
    Set,
    BuildClass,
}

/// Operations of `Intrinsic1`, named as CPython's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Intrinsic1 {
    /// `sys.displayhook(value)`: an expression statement in interactive mode.
    Print,
    /// A StopIteration that leaves a generator becomes RuntimeError (StopAsyncIteration in async generators).
    StopIterationError,
    /// Wraps a value yielded by an async generator.
    AsyncGenWrap,
    TypeVar,
    ParamSpec,
    TypeVarTuple,
    /// `Generic[params]` for a class with type parameters; the argument is the tuple.
    SubscriptGeneric,
    /// `TypeAliasType(name, type_params, value function)` from a 3-tuple.
    TypeAlias,
}

/// Operations of `Intrinsic2`, named as CPython's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Intrinsic2 {
    /// (original exception, list of raised) -> exception to raise, or None: end of `except*`.
    PrepReraiseStar,
    TypeVarWithBound,
    TypeVarWithConstraints,
    SetFunctionTypeParams,
    SetTypeParamDefault,
}

/// Special methods of `LoadSpecial`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Special {
    Enter,
    Exit,
    AEnter,
    AExit,
}

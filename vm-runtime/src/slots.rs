//! Type slots: the native functions behind the special methods, one word each in a type object.
//!
//! A slot is read lock-free and written when a type is made or changed. `Slot` is what a `TypeSpec` lists; `SlotId` numbers
//! the words. The Python-visible side (which dunder stands for which slot) is in `types/slot_defs.rs`.
use crate::call::CallArgs;
use crate::thread::{PyResult, Thread};
use crate::types::type_::TypeRef;
use std::sync::atomic::{AtomicUsize, Ordering};
use vm_core::Value;

/// Binary operators, in the order of their slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    TrueDiv,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
    LShift,
    RShift,
    And,
    Or,
    Xor,
    DivMod,
}

impl BinaryOp {
    /// All operators.
    pub const ALL: [BinaryOp; 14] = [
        BinaryOp::Add,
        BinaryOp::Sub,
        BinaryOp::Mul,
        BinaryOp::TrueDiv,
        BinaryOp::FloorDiv,
        BinaryOp::Mod,
        BinaryOp::Pow,
        BinaryOp::MatMul,
        BinaryOp::LShift,
        BinaryOp::RShift,
        BinaryOp::And,
        BinaryOp::Or,
        BinaryOp::Xor,
        BinaryOp::DivMod,
    ];

    /// The operator as CPython's messages write it.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        ["+", "-", "*", "/", "//", "%", "** or pow()", "@", "<<", ">>", "&", "|", "^", "divmod()"]
            [self as usize]
    }

    /// The in-place operator as CPython's messages write it.
    #[must_use]
    pub const fn inplace_symbol(self) -> &'static str {
        ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "<<=", ">>=", "&=", "|=", "^=", "divmod()"]
            [self as usize]
    }
}

/// Rich comparisons.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CompareOp {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

impl CompareOp {
    /// The operator for exchanged operands.
    #[must_use]
    pub const fn swapped(self) -> CompareOp {
        match self {
            CompareOp::Lt => CompareOp::Gt,
            CompareOp::Le => CompareOp::Ge,
            CompareOp::Gt => CompareOp::Lt,
            CompareOp::Ge => CompareOp::Le,
            same => same,
        }
    }

    /// The operator's text.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }

    /// The result, given how the operands order.
    #[must_use]
    pub const fn of(self, order: std::cmp::Ordering) -> bool {
        use std::cmp::Ordering as O;
        match self {
            CompareOp::Lt => matches!(order, O::Less),
            CompareOp::Le => !matches!(order, O::Greater),
            CompareOp::Eq => matches!(order, O::Equal),
            CompareOp::Ne => !matches!(order, O::Equal),
            CompareOp::Gt => matches!(order, O::Greater),
            CompareOp::Ge => !matches!(order, O::Less),
        }
    }
}

/// One operand in, a value out.
pub type UnaryFn = fn(&Thread, &Value) -> PyResult<Value>;
/// Two operands in, a value out (`NotImplemented`: try the other operand).
pub type BinaryFn = fn(&Thread, &Value, &Value) -> PyResult<Value>;
/// `pow(base, exponent, modulus)`.
pub type PowerFn = fn(&Thread, &Value, &Value, &Value) -> PyResult<Value>;
/// `hash()`.
pub type HashFn = fn(&Thread, &Value) -> PyResult<i64>;
/// `bool()`.
pub type BoolFn = fn(&Thread, &Value) -> PyResult<bool>;
/// `len()`.
pub type LenFn = fn(&Thread, &Value) -> PyResult<usize>;
/// `next()`; None at the end.
pub type NextFn = fn(&Thread, &Value) -> PyResult<Option<Value>>;
/// Sequence operations with a number.
pub type IndexFn = fn(&Thread, &Value, i64) -> PyResult<Value>;
/// Rich comparison.
pub type CompareFn = fn(&Thread, &Value, &Value, CompareOp) -> PyResult<Value>;
/// Item or attribute assignment; None deletes.
pub type SetFn = fn(&Thread, &Value, &Value, Option<&Value>) -> PyResult<()>;
/// `in`.
pub type ContainsFn = fn(&Thread, &Value, &Value) -> PyResult<bool>;
/// Calling an instance.
pub type CallFn = fn(&Thread, &Value, &CallArgs<'_>) -> PyResult<Value>;
/// `__new__` with bound arguments.
pub type NewFn = fn(&Thread, TypeRef, &[Value]) -> PyResult<Value>;
/// `__init__` with bound arguments.
pub type InitFn = fn(&Thread, &Value, &[Value]) -> PyResult<()>;
/// `__new__` with raw arguments.
pub type NewRawFn = fn(&Thread, TypeRef, &CallArgs<'_>) -> PyResult<Value>;
/// `__init__` with raw arguments.
pub type InitRawFn = fn(&Thread, &Value, &CallArgs<'_>) -> PyResult<()>;
/// Descriptor read: descriptor, instance, owner.
pub type DescrGetFn = fn(&Thread, &Value, Option<&Value>, Option<&Value>) -> PyResult<Value>;
/// Finalizer.
pub type DelFn = fn(&Thread, &Value);
/// Buffer protocol; see `buffer.rs`.
pub type BufferFn = fn(&Thread, &Value, u32) -> PyResult<crate::buffer::Buffer>;

macro_rules! slots {
    ($($variant:ident $field:ident $get:ident: $ty:ty;)*) => {
        /// A row of `TypeSpec::slots`.
        #[derive(Clone, Copy)]
        pub enum Slot {
            $(#[allow(missing_docs)] $variant($ty),)*
            /// A binary operator.
            Binary(BinaryOp, BinaryFn),
            /// An in-place operator.
            Inplace(BinaryOp, BinaryFn),
            /// `__new__` bound by `TypeSpec::new_sig`.
            New(NewFn),
            /// `__init__` bound by `TypeSpec::new_sig`.
            Init(InitFn),
            /// `__hash__ = None`.
            NotHashable,
        }

        /// Numbers of the slot words.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u16)]
        #[allow(missing_docs)]
        pub enum SlotId { $($variant,)* FirstBinary }

        impl Slots {
            $(
                /// The slot's function.
                #[allow(clippy::new_ret_no_self)]
                #[inline(always)]
                #[must_use]
                pub fn $get(&self) -> Option<$ty> {
                    // SAFETY: the word is 0 or came from a function of this type (`set_*`).
                    unsafe { std::mem::transmute::<usize, Option<$ty>>(self.word(SlotId::$variant as usize)) }
                }
                /// Sets the slot's function.
                pub fn $field(&self, f: Option<$ty>) {
                    self.set_word(SlotId::$variant as usize, f.map_or(0, |f| f as usize));
                }
            )*

            /// Stores a row of a spec; `New`, `Init` and `NotHashable` are the type maker's.
            pub fn store(&self, slot: Slot) {
                match slot {
                    $(Slot::$variant(f) => self.$field(Some(f)),)*
                    Slot::Binary(op, f) => self.set_word(binary_word(op), f as usize),
                    Slot::Inplace(op, f) => self.set_word(inplace_word(op), f as usize),
                    Slot::New(_) | Slot::Init(_) | Slot::NotHashable => {}
                }
            }
        }
    };
}

slots! {
    Repr set_repr repr: UnaryFn;
    Str set_str str: UnaryFn;
    Hash set_hash hash: HashFn;
    Call set_call call: CallFn;
    GetAttr set_getattr getattr: BinaryFn;
    SetAttr set_setattr setattr: SetFn;
    RichCompare set_compare compare: CompareFn;
    Iter set_iter iter: UnaryFn;
    Next set_next next: NextFn;
    DescrGet set_descr_get descr_get: DescrGetFn;
    DescrSet set_descr_set descr_set: SetFn;
    NewRaw set_new new: NewRawFn;
    InitRaw set_init init: InitRawFn;
    Del set_del del: DelFn;
    Len set_len len: LenFn;
    GetItem set_getitem getitem: BinaryFn;
    SetItem set_setitem setitem: SetFn;
    Contains set_contains contains: ContainsFn;
    Concat set_concat concat: BinaryFn;
    Repeat set_repeat repeat: IndexFn;
    InplaceConcat set_inplace_concat inplace_concat: BinaryFn;
    InplaceRepeat set_inplace_repeat inplace_repeat: IndexFn;
    SqItem set_sq_item sq_item: IndexFn;
    Bool set_bool bool: BoolFn;
    Neg set_neg neg: UnaryFn;
    Pos set_pos pos: UnaryFn;
    Abs set_abs abs: UnaryFn;
    Invert set_invert invert: UnaryFn;
    Int set_int int: UnaryFn;
    Float set_float float: UnaryFn;
    Index set_index index: UnaryFn;
    Power set_power power: PowerFn;
    InplacePower set_inplace_power inplace_power: PowerFn;
    Await set_await r#await: UnaryFn;
    AIter set_aiter aiter: UnaryFn;
    ANext set_anext anext: UnaryFn;
    Buffer set_buffer buffer: BufferFn;
}

/// Number of slot words of a type.
pub const SLOT_WORDS: usize = SlotId::FirstBinary as usize + 28;

/// Word of a binary operator's slot.
#[must_use]
pub const fn binary_word(op: BinaryOp) -> usize {
    SlotId::FirstBinary as usize + op as usize
}

/// Word of an in-place operator's slot.
#[must_use]
pub const fn inplace_word(op: BinaryOp) -> usize {
    SlotId::FirstBinary as usize + 14 + op as usize
}

/// A type's slot words.
pub struct Slots([AtomicUsize; SLOT_WORDS]);

impl Default for Slots {
    fn default() -> Self {
        Slots([const { AtomicUsize::new(0) }; SLOT_WORDS])
    }
}

impl Slots {
    /// The word (a function address, or 0).
    #[inline(always)]
    #[must_use]
    pub fn word(&self, i: usize) -> usize {
        // Relaxed: functions are static; which of two is called during a change is up to the race.
        self.0[i].load(Ordering::Relaxed)
    }

    /// Stores a word that came from `word` of the same index, or the address of a function of that slot's type.
    pub(crate) fn set_word(&self, i: usize, word: usize) {
        self.0[i].store(word, Ordering::Relaxed);
    }

    /// The function of a binary operator.
    #[inline(always)]
    #[must_use]
    pub fn binary(&self, op: BinaryOp) -> Option<BinaryFn> {
        // SAFETY: the word is 0 or a BinaryFn (`store`).
        unsafe { std::mem::transmute::<usize, Option<BinaryFn>>(self.word(binary_word(op))) }
    }

    /// The function of an in-place operator.
    #[inline(always)]
    #[must_use]
    pub fn inplace(&self, op: BinaryOp) -> Option<BinaryFn> {
        // SAFETY: the word is 0 or a BinaryFn (`store`).
        unsafe { std::mem::transmute::<usize, Option<BinaryFn>>(self.word(inplace_word(op))) }
    }
}

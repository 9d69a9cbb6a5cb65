//! The persistent map of contexts: a hash array mapped trie, as CPython's `hamt.c`.
//!
//! Nodes are objects that never change, so maps share what they have in common: setting and deleting copy the few nodes
//! from the root to the place, copying a map is one count, and the collector sees every reference once.
use crate::prelude::*;
use crate::types::iterators::iter_self;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bits of the hash that a level of the trie takes.
const LEVEL: u32 = 5;
/// At this depth the hash is used up: what still shares its place collides.
const DEEPEST: u32 = 35;

/// A map.
#[derive(Clone)]
pub struct Hamt {
    /// UNBOUND: empty.
    root: Value,
    len: usize,
}

type Pair = (Value, Value);

/// A node: pairs of key and value; a pair without key (UNBOUND) holds a node of the next level.
pub enum Node {
    /// What has a place here, one bit each.
    Bitmap { bits: u32, pairs: Box<[Pair]> },
    /// Keys that have one hash.
    Collision { hash: u32, pairs: Box<[Pair]> },
}

payload!(Node, "hamt_node", traverse = Node::traverse);

/// The type of nodes; no program sees one.
pub static NODE_SPEC: TypeSpec = TypeSpec { name: "hamt_node", flags: NO_NEW, ..TypeSpec::of::<Node>() };

enum Without {
    Missing,
    Empty,
    Left(Value),
}

/// 32 bits of a hash, as `hamt_hash`.
fn fold(th: &Thread, key: &Value) -> PyResult<u32> {
    let hash = th.hash(key)? as u64;
    Ok((hash ^ (hash >> 32)) as u32)
}

fn bit(hash: u32, shift: u32) -> u32 {
    1 << (hash.checked_shr(shift).unwrap_or(0) & 31)
}

fn place(bits: u32, bit: u32) -> usize {
    (bits & (bit - 1)).count_ones() as usize
}

fn node(th: &Thread, node: Node) -> Value {
    th.new_object(th.type_for::<Node>(), node)
}

fn child(node: Value) -> Pair {
    (Value::UNBOUND, node)
}

fn replaced(pairs: &[Pair], at: usize, pair: Pair) -> Box<[Pair]> {
    let mut pairs = pairs.to_vec();
    if let Some(old) = pairs.get_mut(at) {
        *old = pair;
    }
    pairs.into()
}

fn inserted(pairs: &[Pair], at: usize, pair: Pair) -> Box<[Pair]> {
    let (before, after) = pairs.split_at(at.min(pairs.len()));
    before.iter().cloned().chain([pair]).chain(after.iter().cloned()).collect()
}

fn removed(pairs: &[Pair], at: usize) -> Box<[Pair]> {
    pairs.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, pair)| pair.clone()).collect()
}

/// Where among pairs of one hash the key is.
fn position(th: &Thread, pairs: &[Pair], key: &Value) -> PyResult<Option<usize>> {
    for (at, (own, _)) in pairs.iter().enumerate() {
        if th.eq(key, own)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

impl Node {
    fn pairs(&self) -> &[Pair] {
        match self {
            Node::Bitmap { pairs, .. } | Node::Collision { pairs, .. } => pairs,
        }
    }

    fn traverse(&self, visit: Visitor<'_>) {
        for (key, value) in self.pairs() {
            visit(key);
            visit(value);
        }
    }

    /// The only pair, where that is all there is.
    fn single(&self) -> Option<&Pair> {
        match self {
            Node::Bitmap { pairs, .. } if pairs.len() == 1 => pairs.first().filter(|p| !p.0.is_unbound()),
            _ => None,
        }
    }

    fn collect(&self, all: &mut Vec<Pair>) {
        for (key, value) in self.pairs() {
            match value.payload::<Node>() {
                Some(below) if key.is_unbound() => below.collect(all),
                _ => all.push((key.clone(), value.clone())),
            }
        }
    }
}

/// A node of two keys that came to the same place of the level above.
fn split(th: &Thread, shift: u32, old: (u32, Pair), new: (u32, Pair)) -> Value {
    // A key whose hash changes may differ where the hash is used up.
    if old.0 == new.0 || shift >= DEEPEST {
        return node(th, Node::Collision { hash: new.0, pairs: Box::new([old.1, new.1]) });
    }
    let (here, there) = (bit(old.0, shift), bit(new.0, shift));
    let pairs: Box<[Pair]> = match here.cmp(&there) {
        std::cmp::Ordering::Less => Box::new([old.1, new.1]),
        std::cmp::Ordering::Greater => Box::new([new.1, old.1]),
        std::cmp::Ordering::Equal => Box::new([child(split(th, shift + LEVEL, old, new))]),
    };
    node(th, Node::Bitmap { bits: here | there, pairs })
}

/// The node with a pair set, and whether the key is new; the node itself where it has that very value.
fn with_pair(th: &Thread, this: &Value, shift: u32, hash: u32, pair: &Pair) -> PyResult<(Value, bool)> {
    match this.payload::<Node>() {
        None => {
            let fresh = Node::Bitmap { bits: bit(hash, shift), pairs: Box::new([pair.clone()]) };
            Ok((node(th, fresh), true))
        }
        Some(Node::Bitmap { bits, pairs }) => {
            let bit = bit(hash, shift);
            let at = place(*bits, bit);
            let Some((key, value)) = pairs.get(at).filter(|_| bits & bit != 0) else {
                let pairs = inserted(pairs, at, pair.clone());
                return Ok((node(th, Node::Bitmap { bits: bits | bit, pairs }), true));
            };
            let (new, added) = if key.is_unbound() {
                let (below, added) = with_pair(th, value, shift + LEVEL, hash, pair)?;
                if below.is(value) {
                    return Ok((this.clone(), false));
                }
                (child(below), added)
            } else if th.eq(&pair.0, key)? {
                if value.is(&pair.1) {
                    return Ok((this.clone(), false));
                }
                ((key.clone(), pair.1.clone()), false)
            } else {
                let old = (fold(th, key)?, (key.clone(), value.clone()));
                (child(split(th, shift + LEVEL, old, (hash, pair.clone()))), true)
            };
            Ok((node(th, Node::Bitmap { bits: *bits, pairs: replaced(pairs, at, new) }), added))
        }
        Some(Node::Collision { hash: own, pairs }) if *own == hash || shift >= DEEPEST => {
            let Some(at) = position(th, pairs, &pair.0)? else {
                let pairs = inserted(pairs, pairs.len(), pair.clone());
                return Ok((node(th, Node::Collision { hash: *own, pairs }), true));
            };
            let Some((key, _)) = pairs.get(at).filter(|p| !p.1.is(&pair.1)) else {
                return Ok((this.clone(), false));
            };
            let pairs = replaced(pairs, at, (key.clone(), pair.1.clone()));
            Ok((node(th, Node::Collision { hash: *own, pairs }), false))
        }
        Some(Node::Collision { hash: own, .. }) => {
            let above = Node::Bitmap { bits: bit(*own, shift), pairs: Box::new([child(this.clone())]) };
            with_pair(th, &node(th, above), shift, hash, pair)
        }
    }
}

fn without(th: &Thread, this: &Value, shift: u32, hash: u32, key: &Value) -> PyResult<Without> {
    match this.payload::<Node>() {
        None => Ok(Without::Missing),
        Some(Node::Bitmap { bits, pairs }) => {
            let bit = bit(hash, shift);
            let at = place(*bits, bit);
            let Some((own, value)) = pairs.get(at).filter(|_| bits & bit != 0) else {
                return Ok(Without::Missing);
            };
            let below = if own.is_unbound() {
                without(th, value, shift + LEVEL, hash, key)?
            } else if th.eq(key, own)? {
                Without::Empty
            } else {
                Without::Missing
            };
            Ok(match below {
                Without::Missing => Without::Missing,
                Without::Empty if pairs.len() == 1 => Without::Empty,
                Without::Empty => {
                    Without::Left(node(th, Node::Bitmap { bits: bits & !bit, pairs: removed(pairs, at) }))
                }
                Without::Left(below) => {
                    let only = below.payload::<Node>().and_then(Node::single).cloned();
                    let pairs = replaced(pairs, at, only.unwrap_or_else(|| child(below)));
                    Without::Left(node(th, Node::Bitmap { bits: *bits, pairs }))
                }
            })
        }
        Some(Node::Collision { hash: own, pairs }) => {
            if *own != hash && shift < DEEPEST {
                return Ok(Without::Missing);
            }
            let Some(at) = position(th, pairs, key)? else { return Ok(Without::Missing) };
            let pairs = removed(pairs, at);
            Ok(match pairs.len() {
                0 => Without::Empty,
                1 => Without::Left(node(th, Node::Bitmap { bits: bit(*own, shift), pairs })),
                _ => Without::Left(node(th, Node::Collision { hash: *own, pairs })),
            })
        }
    }
}

impl Default for Hamt {
    fn default() -> Hamt {
        Hamt { root: Value::UNBOUND, len: 0 }
    }
}

impl Hamt {
    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Shows the root to the collector.
    pub fn traverse(&self, visit: Visitor<'_>) {
        visit(&self.root);
    }

    /// The value of a key.
    ///
    /// # Errors
    /// What the keys' `__hash__` and `__eq__` raise; so in the functions below.
    pub fn get(&self, th: &Thread, key: &Value) -> PyResult<Option<Value>> {
        if self.root.is_unbound() {
            return Ok(None);
        }
        let hash = fold(th, key)?;
        let mut at = &self.root;
        let mut shift = 0;
        loop {
            match at.payload::<Node>() {
                None => return Ok(None),
                Some(Node::Bitmap { bits, pairs }) => {
                    let bit = bit(hash, shift);
                    let found = pairs.get(place(*bits, bit)).filter(|_| bits & bit != 0);
                    let Some((own, value)) = found else { return Ok(None) };
                    if !own.is_unbound() {
                        return Ok(th.eq(key, own)?.then(|| value.clone()));
                    }
                    at = value;
                }
                Some(Node::Collision { pairs, .. }) => {
                    let at = position(th, pairs, key)?;
                    return Ok(at.and_then(|at| pairs.get(at)).map(|pair| pair.1.clone()));
                }
            }
            shift += LEVEL;
        }
    }

    /// The map with a key set; None if it has that very value already.
    ///
    /// # Errors
    /// As `get`.
    pub fn with(&self, th: &Thread, key: &Value, value: &Value) -> PyResult<Option<Hamt>> {
        let hash = fold(th, key)?;
        let (root, added) = with_pair(th, &self.root, 0, hash, &(key.clone(), value.clone()))?;
        Ok((!root.is(&self.root)).then(|| Hamt { root, len: self.len + usize::from(added) }))
    }

    /// The map without a key; None if the key is not there.
    ///
    /// # Errors
    /// As `get`.
    pub fn without(&self, th: &Thread, key: &Value) -> PyResult<Option<Hamt>> {
        Ok(match without(th, &self.root, 0, fold(th, key)?, key)? {
            Without::Missing => None,
            Without::Empty => Some(Hamt::default()),
            Without::Left(root) => Some(Hamt { root, len: self.len - 1 }),
        })
    }

    /// All keys and values.
    #[must_use]
    pub fn pairs(&self) -> Vec<(Value, Value)> {
        let mut all = Vec::with_capacity(self.len);
        if let Some(root) = self.root.payload::<Node>() {
            root.collect(&mut all);
        }
        all
    }

    /// Whether both have the same keys with equal values.
    ///
    /// # Errors
    /// As `get`.
    pub fn equals(&self, th: &Thread, other: &Hamt) -> PyResult<bool> {
        if self.len != other.len {
            return Ok(false);
        }
        if self.root.is(&other.root) {
            return Ok(true);
        }
        for (key, value) in self.pairs() {
            match other.get(th, &key)? {
                Some(theirs) if th.eq(&value, &theirs)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// The payload of a map as an object, which only `_testinternalcapi.hamt()` makes.
pub struct HamtObject(Hamt);

payload!(HamtObject, "hamt", traverse = |h: &HamtObject, v: Visitor<'_>| h.0.traverse(v));

/// The payload of the iterators of `items()`, `keys()` and `values()`.
pub struct HamtIter {
    /// A tuple.
    left: Value,
    next: AtomicUsize,
}

payload!(HamtIter, "hamt_iterator", traverse = |i: &HamtIter, v: Visitor<'_>| v(&i.left));

/// `hamt`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "hamt",
    flags: NO_NEW | WEAKREFS | MAPPING,
    slots: &[
        Slot::Len(|th, v| Ok(this(th, v)?.len)),
        Slot::GetItem(|th, v, key| this(th, v)?.get(th, key)?.ok_or_else(|| th.key_error(key.clone()))),
        Slot::Contains(|th, v, key| Ok(this(th, v)?.get(th, key)?.is_some())),
        Slot::Iter(|th, v| iterator(th, this(th, v)?, |_, pair| pair.0)),
        Slot::RichCompare(compare),
        Slot::NotHashable,
    ],
    methods: &[
        m("set", "(key, value, /)", set, "The map with a key set."),
        m("get", "(key, default=None, /)", get, "The value of a key."),
        m("delete", "(key, /)", delete, "The map without a key."),
        m(
            "items",
            "()",
            |th, v, _| iterator(th, this(th, v)?, pair),
            "An iterator over pairs of key and value.",
        ),
        m("keys", "()", |th, v, _| iterator(th, this(th, v)?, |_, p| p.0), "An iterator over the keys."),
        m("values", "()", |th, v, _| iterator(th, this(th, v)?, |_, p| p.1), "An iterator over the values."),
    ],
    ..TypeSpec::of::<HamtObject>()
};

/// The type of the iterators.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "hamt_iterator",
    flags: NO_NEW,
    slots: &[
        Slot::Iter(iter_self),
        Slot::Next(next),
        Slot::Len(|th, v| Ok(th.expect::<HamtIter>(v, "hamt_iterator")?.items().len())),
    ],
    ..TypeSpec::of::<HamtIter>()
};

/// A map as an object.
pub fn new_object(th: &Thread, map: Hamt) -> Value {
    th.new_object(th.type_for::<HamtObject>(), HamtObject(map))
}

fn this<'a>(th: &Thread, v: &'a Value) -> PyResult<&'a Hamt> {
    Ok(&th.expect::<HamtObject>(v, "hamt")?.0)
}

fn set(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let map = this(th, v)?.with(th, &args[0], &args[1])?;
    Ok(map.map_or_else(|| v.clone(), |map| new_object(th, map)))
}

fn get(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let default = if args[1].is_unbound() { Value::NONE } else { args[1].clone() };
    Ok(this(th, v)?.get(th, &args[0])?.unwrap_or(default))
}

fn delete(th: &Thread, v: &Value, args: &[Value]) -> PyResult<Value> {
    let map = this(th, v)?.without(th, &args[0])?;
    Ok(map.map_or_else(|| v.clone(), |map| new_object(th, map)))
}

fn compare(th: &Thread, a: &Value, b: &Value, op: CompareOp) -> PyResult<Value> {
    let (Some(x), Some(y)) = (a.payload::<HamtObject>(), b.payload::<HamtObject>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    match op {
        CompareOp::Eq => Ok(Value::bool(x.0.equals(th, &y.0)?)),
        CompareOp::Ne => Ok(Value::bool(!x.0.equals(th, &y.0)?)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn pair(th: &Thread, (key, value): (Value, Value)) -> Value {
    th.tuple(vec![key, value])
}

fn iterator(th: &Thread, map: &Hamt, item: fn(&Thread, (Value, Value)) -> Value) -> PyResult<Value> {
    let left = th.tuple(map.pairs().into_iter().map(|pair| item(th, pair)).collect());
    th.make_object(th.type_for::<HamtIter>(), HamtIter { left, next: AtomicUsize::new(0) })
}

impl HamtIter {
    fn items(&self) -> &[Value] {
        self.left.payload::<Tuple>().map_or(&[], |tuple| tuple.as_slice())
    }
}

fn next(th: &Thread, v: &Value) -> PyResult<Option<Value>> {
    let this = th.expect::<HamtIter>(v, "hamt_iterator")?;
    // Relaxed: a number of its own; the items never change.
    let at = this.next.fetch_add(1, Ordering::Relaxed);
    Ok(this.items().get(at).cloned())
}

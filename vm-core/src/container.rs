//! The memory of containers that are read without a lock and written under one. Nothing here compares keys by Python's rules
//! or runs Python: the runtime's `dict` and `list` do, and hold their locks around what is called `..._locked`.

pub mod dict;
pub mod dict_table;
pub mod list;
pub mod list_items;
pub mod slot;

/// The allocator refused.
#[derive(Debug)]
pub struct NoMemory;

//! Orochi.

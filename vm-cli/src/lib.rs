//! The `orochi` command.

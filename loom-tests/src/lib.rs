//! Loom models of vm-core.

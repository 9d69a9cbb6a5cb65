/work/w/sync/target-loom/debug/deps/parking_lot_core-ee4fc3fcc9663f5a.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/lib.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/parking_lot.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/spinwait.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/thread_parker/mod.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/word_lock.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/thread_parker/linux.rs

/work/w/sync/target-loom/debug/deps/libparking_lot_core-ee4fc3fcc9663f5a.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/lib.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/parking_lot.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/spinwait.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/thread_parker/mod.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/word_lock.rs /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/thread_parker/linux.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/lib.rs:
/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/parking_lot.rs:
/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/spinwait.rs:
/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/thread_parker/mod.rs:
/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/word_lock.rs:
/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/parking_lot_core-0.10.0/src/thread_parker/linux.rs:

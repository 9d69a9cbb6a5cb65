/work/w/sync/target-loom/debug/deps/libmimalloc_sys-ac2b3c9041687ba0.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/libmimalloc-sys-0.1.49/src/lib.rs

/work/w/sync/target-loom/debug/deps/liblibmimalloc_sys-ac2b3c9041687ba0.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/libmimalloc-sys-0.1.49/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/libmimalloc-sys-0.1.49/src/lib.rs:

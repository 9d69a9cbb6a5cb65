/work/w/sync/target-loom/debug/deps/mimalloc-6e5bc869ddbf7047.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/mimalloc-0.1.52/src/lib.rs

/work/w/sync/target-loom/debug/deps/libmimalloc-6e5bc869ddbf7047.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/mimalloc-0.1.52/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/mimalloc-0.1.52/src/lib.rs:

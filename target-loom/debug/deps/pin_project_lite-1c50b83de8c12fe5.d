/work/w/sync/target-loom/debug/deps/pin_project_lite-1c50b83de8c12fe5.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/pin-project-lite-0.2.18/src/lib.rs

/work/w/sync/target-loom/debug/deps/libpin_project_lite-1c50b83de8c12fe5.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/pin-project-lite-0.2.18/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/pin-project-lite-0.2.18/src/lib.rs:

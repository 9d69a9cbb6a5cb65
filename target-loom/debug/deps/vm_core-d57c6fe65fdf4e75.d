/work/w/sync/target-loom/debug/deps/vm_core-d57c6fe65fdf4e75.d: vm-core/src/lib.rs vm-core/src/sync.rs vm-core/src/sync/model.rs

/work/w/sync/target-loom/debug/deps/libvm_core-d57c6fe65fdf4e75.rmeta: vm-core/src/lib.rs vm-core/src/sync.rs vm-core/src/sync/model.rs

vm-core/src/lib.rs:
vm-core/src/sync.rs:
vm-core/src/sync/model.rs:

"""Makes and joins threads, at most 200 at a time: they leave nothing behind.

    many_threads.py [COUNT]

Prints the resident memory after the first tenth and at the end, and fails if it has grown by more than 1 %.
"""
import gc
import os
import sys
import threading

ALIVE = 200


def resident():
    gc.collect()
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def work(box):
    box.append(len({k: [k] for k in range(50)}))


def main():
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    level = None
    for start in range(0, total, ALIVE):
        box = []
        threads = [threading.Thread(target=work, args=(box,)) for _ in range(ALIVE)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert box == [50] * ALIVE, len(box)
        if level is None and start + ALIVE >= total // 10:
            level = resident()
    end = resident()
    assert threading.active_count() == 1
    assert len(sys._current_frames()) == 1, sys._current_frames()
    print(f"{total} threads; resident {level >> 10} KiB after a tenth, {end >> 10} KiB at the end ({end / level - 1:+.2%})")
    return 0 if end <= level * 1.01 else 1


sys.exit(main())

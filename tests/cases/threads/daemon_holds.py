# What a daemon thread refers to is not let go when the program ends, so nothing of it is finalized.
import io
import sys
import threading
import time
import types


def report(text, write=sys.stdout.write, flush=sys.stdout.flush):
    write(text + "\n")
    flush()


class Noisy:
    def __del__(self, report=report):
        report("deleted")


class Slow:
    # While this runs, the daemon thread comes to its end.
    def __del__(self, sleep=time.sleep, report=report):
        sleep(0.2)
        report("slow")


def work(started):
    noisy = Noisy()
    stream = io.BytesIO(b"abc")
    cycle = [stream.getbuffer(), noisy]
    cycle.append(cycle)
    started.set()
    while True:
        time.sleep(0.01)


started = threading.Event()
threading.Thread(target=work, args=(started,), daemon=True).start()
started.wait()
# Not in this module: the thread's function holds that.
sys.modules["other"] = types.ModuleType("other")
sys.modules["other"].slow = Slow()
report("end")

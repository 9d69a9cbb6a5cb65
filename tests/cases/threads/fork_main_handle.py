# A worker forks while the main thread runs: in the child the main thread is gone, and joining it ends.
import os
import threading
import time

status = []


def worker():
    main = threading.main_thread()
    child = os.fork()
    if child == 0:
        def join():
            main.join()
            os.write(1, b"joined\n")

        t = threading.Thread(target=join)
        t.start()
        t.join(10)
        os._exit(1 if t.is_alive() else 0)
    status.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


import warnings

warnings.simplefilter("ignore", DeprecationWarning)
w = threading.Thread(target=worker)
w.start()
time.sleep(0.3)
w.join()
print(status)

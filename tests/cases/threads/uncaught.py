#: stderr
# An exception that ends a thread is printed by threading.excepthook; the process lives and ends with 0.
import threading
def work():
    raise ValueError('in the thread')
t = threading.Thread(target=work, name='Worker-X')
t.start(); t.join()
def quiet(): raise SystemExit(5)
t = threading.Thread(target=quiet); t.start(); t.join()
print('main goes on')
import _thread, time
done = threading.Event()
def raw():
    try: raise KeyError('raw thread')
    finally: done.set()
_thread.start_joinable_thread(raw).join()
print('end')

# Non-daemon threads are joined at exit, atexit runs after them, daemon threads do not delay.
import threading, time, atexit, sys
atexit.register(print, 'atexit')
def slow():
    time.sleep(0.1)
    print('slow finished')
threading.Thread(target=slow).start()
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
def spin():
    while True: pass
threading.Thread(target=spin, daemon=True).start()
threading._register_atexit(print, 'threading atexit')
print('main done')
sys.stdout.flush()

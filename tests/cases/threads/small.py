import threading
out = []
lock = threading.Lock()
def work(n):
    for i in range(100):
        with lock:
            out.append((n, i))
ts = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(len(out), len(set(out)), sorted(out)[:2])

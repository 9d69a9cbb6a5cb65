import threading
class Counter:
    def __init__(self): self.n, self.lock = 0, threading.Lock()
    def add(self):
        with self.lock: self.n += 1
c = Counter()
ts = [threading.Thread(target=lambda: [c.add() for _ in range(1000)]) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(c.n)

# Threads that share a heap find it whole after every operation; a search in a deque sees one state of it.
import heapq, threading
from collections import deque
def together(*functions):
    barrier = threading.Barrier(len(functions))
    def run(f): barrier.wait(); f()
    threads = [threading.Thread(target=run, args=(f,)) for f in functions]
    for t in threads: t.start()
    for t in threads: t.join()
def is_heap(h): return all(h[(i - 1) // 2] <= h[i] for i in range(1, len(h)))
heap = []
together(*[lambda k=k: [heapq.heappush(heap, i * 7919 % 1009 + k) for i in range(1500)] for k in range(4)])
print(is_heap(heap), len(heap))
lists = [[] for _ in range(4)]
together(*[lambda l=l: l.extend(heapq.heappop(heap) for _ in range(1000)) for l in lists])
print(all(l == sorted(l) for l in lists), is_heap(heap), len(heap))
together(*[lambda: [heapq.heapreplace(heap, i) for i in range(1000)] for _ in range(4)])
print(is_heap(heap), len(heap))
d, wrong = deque(range(100)), []
def search():
    for _ in range(3000):
        try: d.index(50); d.count(50); 50 in d
        except ValueError: pass
        except Exception as e: wrong.append(repr(e))
def change():
    for _ in range(3000): d.append(0); d.clear(); d.extend(range(100)); d.appendleft(-1)
together(search, change, change); print(wrong)
class Odd:
    def __init__(self, n): self.n = n
    def __lt__(self, other): h.append(self) if len(h) < 20 else None; return self.n < other.n
h = [Odd(i) for i in range(3)]
try: heapq.heappush(h, Odd(0)); print('pushed')
except RuntimeError as e: print(e)

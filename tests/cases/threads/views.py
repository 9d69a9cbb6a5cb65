# Lists, tuples and sorted lists of a dict's views show one moment, whatever other threads do to the dict.
import threading
d = dict.fromkeys(range(50)); stop = threading.Event(); errors = []
def changes(n):
    i = 0
    while not stop.is_set(): d[n, i] = i; d.pop((n, i - 20), None); i += 1
def reads():
    for _ in range(400):
        try: list(d), list(d.keys()), list(d.values()), list(d.items()), tuple(d.items()), [].extend(d.values())
        except RuntimeError as e: errors.append(str(e))
workers = [threading.Thread(target=changes, args=(n,)) for n in range(2)]; readers = [threading.Thread(target=reads) for _ in range(2)]
for t in workers + readers: t.start()
for t in readers: t.join()
stop.set()
for t in workers: t.join()
print(errors); e = {'a': 1, 'b': [2]}; print(list(e.keys()), list(e.values()), list(e.items()), tuple(e.items()), sorted(e.keys()))

# Counter, deque, OrderedDict, defaultdict, ChainMap, UserDict; heapq and bisect.
import collections as c, heapq, bisect
k = c.Counter('abracadabra'); print(k, k.most_common(2), k['z'], sum(k.values()), k + c.Counter('aab'), k - c.Counter('aaaaaa'), k & c.Counter('aab'), k | c.Counter('zz'), sorted(k.elements())[:3], k.total(), +c.Counter(a=-1, b=2), c.Counter(a=1) <= c.Counter(a=2)); k.update('aa'); k.subtract('b'); print(k['a'], k['b'], list(c.Counter('hello').items()))
d = c.deque([1, 2, 3], maxlen=3); d.append(4); d.appendleft(0); print(d, d.maxlen, d.pop(), d.popleft(), d[0], len(d)); d.extend([5, 6]); d.rotate(1); print(d, list(reversed(d)), 5 in d, d.index(6), d.count(2)); d.insert(0, 9) if len(d) < 3 else d.remove(2); print(d, d + c.deque([1]), d * 2, d.copy() == d); d.extendleft('xy'); print(d)
def err(f, *a):
    try: print(f(*a))
    except Exception as e: print(type(e).__name__ + ':', e)
err(c.deque().pop); err(c.deque().popleft); err(lambda: c.deque([1])[5]); err(c.deque([1]).remove, 2); err(c.deque, 5); err(c.deque, [], -1); full = c.deque([1], 1); err(full.insert, 0, 2); err(lambda: c.deque([1])[0:1])
def mut():
    q = c.deque([1, 2])
    for _ in q: q.append(3)
err(mut); o = c.OrderedDict(a=1, b=2, c=3); o.move_to_end('a'); print(o, o.popitem(last=False), o == {'c': 3, 'a': 1}, o == c.OrderedDict(a=1, c=3), list(reversed(o))); err(o.move_to_end, 'zz'); dd = c.defaultdict(list, x=[0]); dd['k'].append(1); print(dd, dd.get('q'), 'q' in dd, dd.default_factory); err(lambda: c.defaultdict()['k']); err(c.defaultdict, 5); r = c.defaultdict(lambda: r); print(r['a'] is r)
m = c.ChainMap({'a': 1}, {'a': 2, 'b': 3}); print(m['a'], m['b'], list(m), len(m), m.new_child({'z': 0})['z'], m.parents['a']); m['n'] = 5; print(m.maps[0]); err(lambda: m['q']); err(m.pop, 'b')
class U(c.UserDict):
    def __setitem__(self, k, v): super().__setitem__(k.upper(), v)
u = U(a=1); u['b'] = 2; print(u, u.data, c.UserList([3, 1]) + [2], c.UserString('ab') + 'c'); h = [5, 2, 8, 1]; heapq.heapify(h); heapq.heappush(h, 0); print([heapq.heappop(h) for _ in range(5)], heapq.nsmallest(2, [3, 1, 2]), heapq.nlargest(2, 'hello'), list(heapq.merge([1, 4], [2, 3])), heapq.heapreplace(q := [1, 5], 3), q); err(heapq.heappop, []); print(bisect.bisect([1, 2, 2, 3], 2), bisect.bisect_left([1, 2, 2, 3], 2), bisect.bisect([{'k': 1}], 1, key=lambda v: v['k'])); bisect.insort(s := [1, 3], 2); print(s)

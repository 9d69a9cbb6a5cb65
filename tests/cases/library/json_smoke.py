# json: encoding, decoding, options and messages.
import json
def err(f, *a, **k):
    try: print(repr(f(*a, **k)))
    except Exception as e: print(type(e).__name__ + ':', e)
print(json.dumps({'a': [1, 2.5, None, True, 'é\n"\\\u2028'], 'b': {}, 1: 2, None: 3, True: 4, 1.5: 5}), json.dumps('é😀', ensure_ascii=False), json.dumps([1, [2, {'k': []}]], indent=2), json.dumps({'b': 1, 'a': 2}, sort_keys=True, separators=(',', ':')), json.dumps([float('inf'), float('nan'), 1e100, 10**20, -0.0]), json.dumps((1, 2)), json.dumps('\ud800'), json.dumps({}), json.dumps([], indent=4), json.dumps({'k': 1}, indent='--'))
print(json.loads(' {"a": [1, 2.0, -3e2, true, false, null, "x\\u00e9\\ud83d\\ude00\\n"]} '), json.loads('NaN'), json.loads('-Infinity'), json.loads(b'"\xc3\xa9"'), json.loads('1', parse_int=str), json.loads('{"a":1,"a":2}'), json.loads('{"a":1}', object_pairs_hook=list), json.loads('[{"x": 1}]', object_hook=lambda d: d['x']), json.loads('"\\ud800"') == '\ud800', json.loads('123456789012345678901234567890'), json.loads('0.1'), json.loads('1E5'))
for s in ('', ' ', '{', '[', '[1', '[1,', '[1,]', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{a:1}', "{'a':1}", '"abc', '"\n"', '"\\x"', '"\\u12"', 'tru', '1 2', '01', '1.', '.5', '+1', '--1', '[1 2]', '{"a" 1}', 'nul', '\ufeff1', '[1]]', '"\t"', 'Inf', '{1: 2}', '{"a":1 "b":2}', '[,]'): err(json.loads, s)
err(json.loads, 5); err(json.loads, None); err(json.dumps, object); err(json.dumps, {1, 2}); err(json.dumps, {(1,): 2}); err(json.dumps, {(1,): 2, 'a': 1}, skipkeys=True); err(json.dumps, float('nan'), allow_nan=False); err(json.dumps, b'x'); c = []; c.append(c); err(json.dumps, c); err(json.dumps, {'a': [1, {'b': {2}}]}); err(json.dumps, object, default=lambda o: 'dflt'); err(json.dumps, 1j, default=lambda o: [o.real]); err(json.loads, '"\n"', strict=False); err(json.loads, b'\xff')
try: json.loads('{"a":\n 1,\n  x}')
except json.JSONDecodeError as e: print(e.msg, e.pos, e.lineno, e.colno, e.doc[:4])
class S(str): pass
class I(int):
    def __repr__(self): return 'I!'
print(json.dumps([S('s'), I(5)]), json.dumps({S('k'): I(1)})); import io; f = io.StringIO(); json.dump({'x': [1]}, f); f.seek(0); print(json.load(f)); print(json.JSONEncoder().encode([1]), list(json.JSONEncoder().iterencode([1, {'a': 2}])), json.JSONDecoder().raw_decode('1 rest'), len(json.dumps(list(range(1000)))))

def f(v):
    match v:
        case 0: return 'zero'
        case int(n) if n < 0: return 'negative'
        case [a, b]: return f'pair {a} {b}'
        case [first, *rest]: return f'list {first} {rest}'
        case {'k': v}: return f'dict {v}'
        case 'a' | 'b': return 'letter'
        case _: return 'other'
print(f(0), f(-5), f([1, 2]), f([1, 2, 3]), f({'k': 9}), f('b'), f(None))

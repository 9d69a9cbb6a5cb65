# The limit on converting between int and str, and how it is lifted.
import sys
print(sys.get_int_max_str_digits(), sys.int_info.default_max_str_digits, sys.int_info.str_digits_check_threshold)
def err(f, *a):
    try:
        r = f(*a)
        print(type(r).__name__, len(str(r)) if not isinstance(r, int) else r.bit_length())
    except Exception as e:
        print(type(e).__name__ + ':', e)
err(str, 10**4299)
err(str, 10**4300)
err(repr, -10**5000)
err(int, '1' * 4300)
err(int, '1' * 4301)
err(int, '-' + '1' * 4301)
err(int, '1_' * 4300 + '1')
err(lambda: f'{10**4300}')
err(lambda: '%d' % 10**4300)
err(lambda: '%s' % (10**4300,))
err(lambda: hex(10**5000))
err(int, 'f' * 5000, 16)
err(int, '1' * 5000, 3)
err(eval, '1' * 4301)
err(eval, '0x' + '1' * 4301)
err(sys.set_int_max_str_digits, 5)
sys.set_int_max_str_digits(0)
err(str, 10**5000)
sys.set_int_max_str_digits(640)
err(str, 10**640)
sys.set_int_max_str_digits(4300)
import json, decimal
err(json.loads, '1' * 5000)
err(json.dumps, 10**5000)

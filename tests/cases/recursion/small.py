def f(n): return f(n + 1)
try:
    f(0)
except RecursionError as e:
    print(e)
import sys
sys.setrecursionlimit(20000)
def d(n): return 0 if n == 0 else 1 + d(n - 1)
print(d(10000))

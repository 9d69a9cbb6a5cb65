print(0.1 + 0.2, 1e10, 1.0, 2.5 // 1, 7.5 % 2, 1e300 * 1e10, -0.0)
print(round(2.567, 2), int(3.9), float('inf'), 3.0 == 3, 1 / 3)
import math
print(math.pi, math.sqrt(2), math.floor(2.7), math.sin(0))

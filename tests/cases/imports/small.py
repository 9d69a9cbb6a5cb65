import sys, math as m
from collections import namedtuple, OrderedDict as OD
import os.path
print(m.sqrt(16), os.path.join('a', 'b'), sys.version_info[0], OD(a=1)['a'])
P = namedtuple('P', 'x y')
print(P(1, 2))
try:
    import does_not_exist
except ModuleNotFoundError as e:
    print(e)

#: exit 1
# -*- coding: no-such-codec -*-
#: stderr
print('never')

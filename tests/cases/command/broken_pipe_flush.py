# Output to a closed stdout is reported, not lost in a crash.
import os, sys
r, w = os.pipe(); os.close(r)
f = os.fdopen(w, 'w')
f.write('x' * 10)
try: f.flush()
except BrokenPipeError as e: print(type(e).__name__, e.errno)
try: f.close()
except BrokenPipeError: print('close too')
try: os.write(99, b'x')
except OSError as e: print(e)

# A thread starts with a copy of its maker's context or an empty one, as sys.flags.thread_inherit_context says.
import contextvars
import sys
import threading

v = contextvars.ContextVar('v', default='default')
v.set('main')
inherited = 'main' if sys.flags.thread_inherit_context else 'default'
seen = []


def run(**arguments):
    seen.clear()
    t = threading.Thread(target=lambda: seen.append(v.get()), **arguments)
    t.start(); t.join()
    return seen[0]


print(run() == inherited)
ctx = contextvars.copy_context()
ctx.run(v.set, 'copied')
print(run(context=ctx), v.get())
print(run(context=contextvars.Context()), v.get())
print(run(context=None) == inherited)


def change():
    v.set('thread')


t = threading.Thread(target=change); t.start(); t.join()
print(v.get())

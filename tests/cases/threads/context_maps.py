# Contexts share what they have in common, and the collector sees through what they share.
import contextvars
import gc
import weakref

VARIABLES = [contextvars.ContextVar(f"v{i}", default=-1) for i in range(500)]


def fill():
    for i, variable in enumerate(VARIABLES):
        variable.set(i)
    return contextvars.copy_context()


full = contextvars.Context().run(fill)
print(len(full), sum(full.values()), all(v in full for v in VARIABLES), len(set(full)))


def change():
    tokens = [variable.set(None) for variable in VARIABLES[::2]]
    changed = contextvars.copy_context()
    for variable, token in zip(VARIABLES[::2], tokens):
        variable.reset(token)
    return changed, contextvars.copy_context()


changed, again = full.copy().run(change)
print(len(changed), list(changed.values()).count(None), changed == full, again == full)


def unset():
    token = VARIABLES[0].set(1)
    VARIABLES[0].reset(token)
    return VARIABLES[0].get(), VARIABLES[0] in contextvars.copy_context(), len(contextvars.copy_context())


print(contextvars.Context().run(unset))


class Holder:
    pass


def cycle():
    holder = Holder()
    VARIABLES[7].set(holder)
    # Both contexts have the same variables, and the holder refers to them.
    holder.contexts = [contextvars.copy_context(), contextvars.copy_context()]
    return weakref.ref(holder)


alive = contextvars.Context().run(cycle)
gc.collect()
print(alive())

# Collections of a heap that is large enough for helper threads: what lives stays, what does not goes.
import gc
import weakref


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right


def tree(depth):
    return Node(tree(depth - 1), tree(depth - 1)) if depth else Node(None, {})


def leaves(node):
    return leaves(node.left) + leaves(node.right) if node.left else 1


gc.disable()
gc.collect()
kept = tree(17)
pairs = [(i, [i]) for i in range(200_000)]
gone = []
for depth in range(1, 12):
    root = tree(depth)
    root.left.parent = root
    gone.append(weakref.ref(root))
    del root
for i in range(50_000):
    ring = [i]
    ring.append(ring)
    del ring
unreachable = gc.collect()
print(unreachable > 50_000, [r() for r in gone])
print(leaves(kept), sum(b[0] - a for a, b in pairs), gc.collect())

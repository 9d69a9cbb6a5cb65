from typing import Optional, List
def f(x: int, y: Optional[str] = None) -> List[int]: return [x]
print(f.__annotations__, f(1), list[int], int | None)
def g[T](x: T) -> T: return x
print(g(5), g.__type_params__)

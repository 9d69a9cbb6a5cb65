# typing, PEP 604/585/695/696 forms, annotations (PEP 649).
import typing as t, types
print(int | None, list[int], dict[str, list[int]], t.Optional[int], t.Union[int, str, int], tuple[int, ...], type[int], t.Callable[[int], str], t.Literal['a', 1], t.Any, t.ClassVar[int], t.Annotated[int, 'm'], list[int] | None, callable(list[int]), list[int]([1]), (int | str) == (str | int), isinstance(1, int | str), t.get_origin(list[int]), t.get_args(dict[str, int]), t.List[int], t.get_type_hints(lambda: 0))
type Alias[T] = list[T] | None
def first[T](xs: list[T], *, n: int = 0) -> T: return xs[n]
class Box[T: (int, str) = int]:
    def __init__(self, v: T): self.v = v
    def get(self) -> T: return self.v
print(Alias, Alias[int], Alias.__value__, Alias.__type_params__, first([1]), first.__type_params__, Box[int], Box(1).get(), Box.__parameters__, Box.__orig_bases__, Box[int](5).__orig_class__, Box.__type_params__[0].__constraints__, Box.__type_params__[0].__default__)
def later(x: Undefined, y: 'str' = '') -> list[Nope]: pass
def err(f, *a, **k):
    try: print(f(*a, **k))
    except Exception as e: print(type(e).__name__ + ':', e)
err(lambda: later.__annotations__); import annotationlib as al; print(al.get_annotations(later, format=al.Format.FORWARDREF)['y'], al.get_annotations(later, format=al.Format.STRING)); Undefined = int; Nope = str; print(later.__annotations__)
class An:
    a: int = 1
    b: 'An'
    c: list[An]
print(An.__annotations__, t.get_type_hints(An), '__annotate__' in dir(An) or An.__annotate__ is not None); x: int = 5; print(__annotate__(1), x)
def loc():
    v: unknown_thing = 1
    return v
print(loc()); err(lambda: list[int][str]); err(lambda: int | 5); err(lambda: t.Union[5, 6]); err(isinstance, 1, list[int]); err(lambda: t.Optional[1, 2]); err(lambda: Box[int, str]); err(lambda: t.TypeVar('T', int)); err(lambda: t.NewType('N', int)(5)); T = t.TypeVar('T'); print(T, t.Generic[T], list[T][int], dict[str, T][int], t.cast(int, 'x')); class_ = types.new_class('NC', (t.Generic[T],)); print(class_[int])
class TD(t.TypedDict, total=False): a: int; b: t.Required[str]
print(TD(a=1), TD.__required_keys__, TD.__total__); def_ = t.overload; err(lambda: t.NoReturn[1]); print(types.GenericAlias(list, (int,)), types.UnionType is t.Union, (int | str).__args__, (lambda: 0).__annotations__, t.TypeAliasType('TA', int)); type Rec = list[Rec]; print(Rec.__value__); type Lazy = undefined_name; err(lambda: Lazy.__value__)

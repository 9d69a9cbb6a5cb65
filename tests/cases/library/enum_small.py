from enum import Enum, auto
class Color(Enum):
    RED = 1
    GREEN = auto()
print(Color.RED, Color(2), Color['RED'].value, list(Color), Color.RED is Color(1))

"""The accelerated half of datetime, which here is the same Python code as the other."""
from _pydatetime import *
from _pydatetime import __doc__

"""A dict and a list that never change, for what other tools have as these and a stage must not lose."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


def _refuse(self: Any, *_: Any, **__: Any) -> NoReturn:
    raise TypeError(f"what a stage holds never changes: take a {type(self).__mro__[1].__name__}(…) of it")


class FrozenDict(dict[K, V]):
    """A dict that refuses changes; its copies are plain ones.

    >>> FrozenDict(a=1) == {"a": 1}, type(FrozenDict(a=1).copy())
    (True, <class 'dict'>)
    """

    def __reduce__(self) -> tuple[Any, ...]:  # copying and pickling, too
        return dict, (dict(self),)


class FrozenList(list[V]):
    """A list that refuses changes; its copies are plain ones.

    >>> FrozenList("ab") == ["a", "b"], type(FrozenList("ab")[:1])
    (True, <class 'list'>)
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


CHANGING = {
    FrozenDict: "__setitem__ __delitem__ __ior__ clear pop popitem setdefault update",
    FrozenList: "__setitem__ __delitem__ __iadd__ __imul__ append clear extend insert pop remove reverse sort",
}
for kind, names in CHANGING.items():
    for name in names.split():
        setattr(kind, name, _refuse)

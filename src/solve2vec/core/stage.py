"""What every stage shares: it is immutable, it knows how it was made, it saves to a folder.

A saved stage is a folder: ``stage.json`` (kind, format, lineage, plain values, checksums) beside one
``.npy`` file per array.  No pickle anywhere, so a folder is safe to load and can be read without this package.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import Field, asdict, dataclass, field, fields, is_dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from ..version import __version__
from . import storage
from .errors import FolderError, with_article
from .header import FORMAT, HEADER, Opened, header_sum, opened, refuse_company
from .header import is_stage as is_stage
from .header import read_header as read_header
from .kinds import MODULES
from .printing import brief

_KINDS: dict[str, type[Stage]] = {}


@dataclass(frozen=True)
class Step:
    """One verb that ran on the way here, with the values it ran with."""

    verb: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.verb}({', '.join(f'{name}={value!r}' for name, value in self.values.items())})"


class Lineage(tuple[Step, ...]):
    """The verbs that made a stage, first to last."""

    def __str__(self) -> str:
        return " → ".join(map(str, self))

    def values_of(self, verb: str) -> dict[str, Any]:
        """The values of the last step called ``verb``; empty if it never ran."""
        return next((step.values for step in reversed(self) if step.verb == verb), {})

    def then(self, verb: str, /, **values: Any) -> Lineage:
        """The same lineage and one step more."""
        return Lineage((*self, Step(verb, values)))


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Stage:
    """Base of the stage dataclasses.  Subclasses declare fields; nothing else is needed to save them."""

    lineage: Lineage = field(default=Lineage(), metadata={"content": False})
    format: ClassVar[int] = FORMAT

    def __init_subclass__(cls) -> None:
        _KINDS[cls.__name__] = cls

    def __post_init__(self) -> None:
        for f in fields(self):
            object.__setattr__(self, f.name, _frozen(getattr(self, f.name)))
        object.__setattr__(self, "lineage", Lineage(self.lineage))

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}  # and nothing that was worked out from them

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, _frozen(value))

    def summary(self) -> dict[str, Any]:
        """The numbers that say at a glance what this stage holds."""
        return {}

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={brief(value)}" for name, value in self.summary().items())
        return f"{type(self).__name__}({facts})"

    def _repr_html_(self) -> str:
        from . import html

        facts = ((name.replace("_", " "), brief(value)) for name, value in self.summary().items())
        rows = [(name, html.text(value, html.VALUE_LETTERS)) for name, value in facts]
        rows += self._excerpt()
        if self.lineage:
            rows.append(("made by", html.steps((step.verb, list(step.values.items())) for step in self.lineage)))
        return html.table(type(self).__name__, rows)

    def _excerpt(self) -> Iterator[tuple[str, str]]:
        """What a notebook shows of this stage besides its summary: rows of a name and HTML."""
        for f in fields(self):
            if isinstance(part := getattr(self, f.name), Stage):
                yield from part._excerpt()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the contents: equal for equal arrays, words and values.

        Fields marked ``metadata={"content": False}`` do not count: the lineage, and what only helps people.
        """
        digest = hashlib.sha256(type(self).__name__.encode())
        for f in _present(self):
            if f.metadata.get("content", True):
                digest.update(f.name.encode() + b"=" + _content(getattr(self, f.name)) + b";")
        return digest.hexdigest()

    def save(self, folder: str | Path) -> Path:
        """Write this stage to ``folder``, whole or not at all.

        Parameters
        ----------
        folder : path
            A new folder, or an earlier stage's, which is then replaced as a whole.

        Raises
        ------
        FolderError
            If ``folder`` holds files that are not a stage's.
        OSError
            If the disk is full or the place cannot be written; nothing is left behind.
        """
        folder = Path(folder)
        refuse_company(folder)
        with storage.draft_folder(folder) as draft:
            self.write_to(draft)
        return folder

    def write_to(self, folder: Path) -> None:
        """Write this stage into a folder that is there, empty, and nobody's yet."""
        with storage.writing(folder) as writer:
            self._write(writer)
            writer.done()

    def _write(self, writer: storage.Writer) -> None:
        fields = self._write_fields(writer)
        header = {
            "kind": type(self).__name__,
            "format": FORMAT,
            "version": __version__,
            "lineage": [asdict(step) for step in self.lineage],
            "fields": fields,
            "files": writer.done(),
        }
        header = json.loads(json.dumps(header, default=_plain))  # as a reader will see it
        header["sha256"] = header_sum(header)
        writer.write(HEADER, json.dumps(header, indent=1, ensure_ascii=True).encode())

    def _write_fields(self, writer: storage.Writer) -> dict[str, Any]:
        return {f.name: _write(writer, f.name, getattr(self, f.name)) for f in _present(self) if f.name != "lineage"}

    @classmethod
    def load(cls, folder: str | Path, *, verify: bool = True) -> Self:
        """Read a stage back; arrays are memory-mapped, so a large one opens without being read into memory.

        Parameters
        ----------
        folder : path
            What :meth:`save` wrote.
        verify : bool
            Compare every file with its checksum first (about 0.3 s a gigabyte).

        Raises
        ------
        FolderError
            If the folder is absent, foreign, newer, damaged, or holds another kind of stage.
        """
        with opened(folder) as stage:
            return cls.read(stage, verify=verify)

    @classmethod
    def read(cls, stage: Opened, *, verify: bool = True) -> Self:
        """Read a stage whose files are open: see :meth:`load`."""
        folder, header = stage.folder, stage.header
        found: type[Self] | None = stage_class(header["kind"])
        if found is None or not issubclass(found, cls):
            held, wanted = with_article(header["kind"]), with_article(cls.__name__)
            raise FolderError(f"{folder} holds {held}, not {wanted}: give one, or the folder of a run that has one")
        if verify:
            stage.check()
        try:
            values = found._read_fields(stage, header["fields"])
            made = found(**values, lineage=Lineage(Step(**step) for step in header["lineage"]))
            if verify:
                made.check_ranges()
            return made
        except FolderError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise FolderError(f"{folder} is damaged ({error}): make it again") from error

    def check_ranges(self) -> None:
        """Stop at numbers that no verb writes and that would lead a kernel out of its arrays: a sum is no trust.

        Raises
        ------
        ValueError
            Which number is where it cannot be.
        """
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, Stage):
                value.check_ranges()
            elif _is_csr(value):
                _check_csr(f.name, value)

    @classmethod
    def _read_fields(cls, stage: Opened, how: dict[str, Any]) -> dict[str, Any]:
        return {name: _read(stage, entry) for name, entry in how.items()}


def stage_class(kind: str) -> Any:
    """The class of a kind of stage, whether or not its module was imported before; None if there is no such kind."""
    if kind not in _KINDS and kind in MODULES:
        import_module(f"..{MODULES[kind]}", __package__)
    return _KINDS.get(kind)


def name_among(stage: Stage, names: Iterable[str]) -> str | None:
    """The name of a stage's kind in lower case, or of the kind that it is a special case of, if it is one of them."""
    known = set(names)
    return next((name for kind in type(stage).__mro__ if (name := kind.__name__.lower()) in known), None)


def _present(stage: Stage) -> list[Field[Any]]:
    """The fields of a stage, without those marked ``metadata={"optional": True}`` that are None.

    What a later version adds so is neither written nor counted where it is not used: files and fingerprints stay.
    """
    return [f for f in fields(stage) if not (f.metadata.get("optional") and getattr(stage, f.name) is None)]


def _is_csr(value: Any) -> bool:
    return getattr(value, "format", None) == "csr"


def csr(data: np.ndarray, indices: np.ndarray, indptr: np.ndarray, shape: tuple[int, ...]) -> Any:
    """A CSR array over these very arrays; SciPy's own constructor would copy and rescan memory-mapped ones."""
    from scipy import sparse

    made = sparse.csr_array(shape, dtype=data.dtype)
    made.data, made.indices, made.indptr = data, indices, indptr
    return made


def _check_csr(name: str, matrix: Any) -> None:
    """Refuse rows that end before they begin or beyond the entries, and columns that are not there."""
    starts, columns, (V, width) = matrix.indptr, matrix.indices, matrix.shape
    whole = all(part.ndim == 1 and part.dtype.kind == "i" for part in (starts, columns)) and matrix.data.ndim == 1
    if not whole or len(starts) != V + 1 or len(columns) != len(matrix.data):
        raise ValueError(f"{name} is no sparse matrix of {V} rows")
    check_starts(f"rows of {name}", starts, len(columns))
    check_between(f"columns of {name}", columns, 0, width - 1)


def check_starts(name: str, starts: np.ndarray, end: int) -> None:
    """Refuse places that do not rise from 0 to ``end``."""
    if not len(starts) or starts[0] != 0 or starts[-1] != end or (starts[1:] < starts[:-1]).any():
        raise ValueError(f"{name} do not rise from 0 to {end}")


def check_between(name: str, numbers: np.ndarray, least: int, most: int) -> None:
    """Refuse numbers below ``least`` or above ``most``."""
    if len(numbers) and not (numbers.min() >= least and numbers.max() <= most):
        raise ValueError(f"{name} are {numbers.min()} … {numbers.max()}, not {least} … {most}")


def _frozen(value: Any) -> Any:
    """A read-only view of an array or of a sparse array's parts; the caller's own array stays writable."""
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    elif _is_csr(value):
        value = csr(_frozen(value.data), _frozen(value.indices), _frozen(value.indptr), value.shape)
    return value


def _write(writer: storage.Writer, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, np.ndarray):
        writer.write_array(f"{name}.npy", value)
        return {"array": f"{name}.npy"}
    if _is_csr(value):
        for part in ("data", "indices", "indptr"):
            writer.write_array(f"{name}.{part}.npy", getattr(value, part))
        return {"csr": name, "shape": list(value.shape)}
    if isinstance(value, Stage):
        value._write(writer.inner(name))
        return {"stage": name}
    return {"value": _values(value)}


def _read(stage: Opened, how: dict[str, Any]) -> Any:
    if "array" in how:
        return stage.array(how["array"])
    if "csr" in how:
        data, indices, indptr = (stage.array(f"{how['csr']}.{part}.npy") for part in ("data", "indices", "indptr"))
        return csr(data, indices, indptr, shape=tuple(how["shape"]))
    if "stage" in how:
        return Stage.read(stage.inner(how["stage"]), verify=False)  # its files are among those already checked
    return how["value"]


def _content(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        return f"{array.dtype.str}{array.shape}".encode() + hashlib.sha256(array.data).digest()
    if _is_csr(value):
        return f"{tuple(value.shape)}".encode() + b"".join(
            _content(getattr(value, part)) for part in ("data", "indices", "indptr")
        )
    if isinstance(value, Stage):
        return value.fingerprint.encode()
    return hashlib.sha256(json.dumps(_values(value), sort_keys=True, default=_plain).encode()).digest()


def _values(value: Any) -> Any:
    """The fields of a dataclass by name, or those it wants saved, its ``values``; anything else as it is."""
    if not is_dataclass(value) or isinstance(value, type):
        return value
    return value.values if hasattr(value, "values") else asdict(value)


def _plain(value: Any) -> Any:
    """What stands in JSON for a NumPy number, a path or a collection."""
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, Path) else list(value)

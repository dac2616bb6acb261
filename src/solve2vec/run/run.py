"""A run: a folder of stages, what it has, what it can make again, and what in it is out of date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..cooccurrence.window import Window
from ..core.drafts import listed
from ..core.errors import FolderError, InputError
from ..core.header import Opened, is_stage, opened, together
from ..core.resources import with_resources
from ..core.stage import Stage, stage_class
from .loading import find_stage
from .matching import is_counted, is_made_of
from .names import BEFORE, STAGES, name_of
from .writing import Draft, refuse_foreign, refuse_other

if TYPE_CHECKING:
    from ..cooccurrence.cooccurrence import Cooccurrence
    from ..corpus.corpus import Corpus
    from ..corpus.vocabulary import Vocabulary
    from ..embedding.embedding import Embedding
    from ..embedding.view import View
    from ..spectrum.spectrum import Spectrum
    from ..target.formula import Formula
    from ..target.target import Target
    from ..trajectory import Trajectory
    from ..uncertainty import Bootstrap


Method = TypeVar("Method", bound=Callable[..., Any])


def _at_once(method: Method) -> Method:
    """A method that reads several stages, all as they are at one moment."""

    @wraps(method)
    def at_once(self: Run, *args: Any, **given: Any) -> Any:
        with self.held() as run:
            return method(run, *args, **given)

    return at_once  # type: ignore[return-value]


@dataclass(frozen=True)
class Run:
    """A folder of stages that were made of each other, each in a folder of its own name.

    Nothing is read before it is asked for, and what was read is read again when it was replaced since.  The folder
    may be one that is not there yet, to save stages in.

    Parameters
    ----------
    folder : path

    Raises
    ------
    FolderError
        If the folder is itself a stage.

    Examples
    --------
    >>> import tempfile, solve2vec
    >>> texts = ["cats chase mice", "dogs chase cats", "mice eat cheese", "people eat cheese"] * 5
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     embedding = solve2vec.fit(texts, dim=2, out=folder + "/animals")
    ...     run = Run(folder + "/animals")
    ...     print(run.stages, len(run.spectrum), run.counts().total)
    ...     path = run.save(solve2vec.build_target(run.counts(), solve2vec.Formula("ppmi")))
    ...     print(run.stale())
    ('corpus', 'spectrum', 'embedding') 2 100.0
    ('spectrum', 'embedding')
    """

    folder: Path
    _read: dict[str, tuple[str, bool, Stage]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _held: dict[str, Opened | FolderError] | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder))
        if is_stage(self.folder):
            raise FolderError(f"{self.folder} is a stage, not a run: give the folder that it is in, or load it")

    def __contains__(self, name: object) -> bool:
        if self._held is not None:
            return name in self._held
        return name in STAGES and is_stage(self.folder / str(name))

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages that the run has, in the order in which they are made."""
        return tuple(name for name in STAGES if name in self)

    @property
    def folders(self) -> list[Path]:
        """The folder of every stage, those of other names last."""
        order = list(STAGES)
        found = [path for name in listed(self.folder) if is_stage(path := self.folder / name)]
        return sorted(found, key=lambda path: (order.index(path.name) if path.name in order else 99, path.name))

    def load(self, name: str, *, verify: bool = True) -> Any:
        """The stage of this name.

        Parameters
        ----------
        name : str
        verify : bool
            Compare its files with their checksums, where it is read for the first time.

        Raises
        ------
        FolderError
            If the run has none, or it is damaged, or of another kind than its name says.
        """
        if name not in STAGES:
            raise InputError(f"a run has no stage {name!r}; its stages are {', '.join(STAGES)}")
        with self._opened(name) as files:
            now = files.header["sha256"]
            known, is_verified, stage = self._read.get(name, ("", False, None))
            if stage is None or known != now or (verify and not is_verified):
                stage = stage_class(STAGES[name].kind).read(files, verify=verify)
                self._read[name] = now, verify, stage
        return stage

    @contextmanager
    def _opened(self, name: str) -> Iterator[Opened]:
        if self._held is None or name not in self._held:
            with opened(find_stage(self.folder, name)) as stage:
                yield stage
        elif isinstance(held := self._held[name], FolderError):
            raise held
        else:
            yield held

    @contextmanager
    def held(self) -> Iterator[Run]:
        """The run as it is at one moment: in the block its stages belong together, whoever replaces them meanwhile.

        Examples
        --------
        >>> import tempfile, solve2vec
        >>> texts = ["cats chase mice", "dogs chase cats", "mice eat cheese", "people eat cheese"] * 5
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     embedding = solve2vec.fit(texts, dim=2, out=folder + "/animals")
        ...     with Run(folder + "/animals").held() as run:
        ...         embedding = solve2vec.fit(texts, dim=1, out=folder + "/animals")
        ...         print(len(run.spectrum), run.embedding.dim)
        2 2
        """
        if self._held is not None:
            yield self
            return
        with together(self.folder / name for name in STAGES) as stages:
            run = replace(self)
            object.__setattr__(run, "_read", self._read)
            object.__setattr__(run, "_held", {folder.name: stage for folder, stage in stages.items()})
            yield run

    @property
    def vocabulary(self) -> Vocabulary:
        """The words: the run's own vocabulary, or that of its first stage that has one."""
        name = next((name for name in self.stages if STAGES[name].kind != "Trajectory"), "vocabulary")
        made: Vocabulary = self.load(name) if name == "vocabulary" else self.load(name).vocabulary
        return made

    @property
    def corpus(self) -> Corpus:
        """Documents as token ids."""
        made: Corpus = self.load("corpus")
        return made

    @property
    def cooccurrence(self) -> Cooccurrence:
        """The counts that the run has itself; :meth:`counts` are made again where it has none."""
        made: Cooccurrence = self.load("cooccurrence")
        return made

    @property
    def spectrum(self) -> Spectrum:
        """The leading modes."""
        made: Spectrum = self.load("spectrum")
        return made

    @property
    def embedding(self) -> Embedding:
        """A vector for each word."""
        made: Embedding = self.load("embedding")
        return made

    @property
    def trajectory(self) -> Trajectory:
        """How training went."""
        made: Trajectory = self.load("trajectory")
        return made

    @property
    def prediction(self) -> Trajectory:
        """How theory says that training will go."""
        made: Trajectory = self.load("prediction")
        return made

    @property
    def bootstrap(self) -> Bootstrap:
        """The replicates that intervals are read off."""
        made: Bootstrap = self.load("bootstrap")
        return made

    @_at_once
    def views(self) -> list[tuple[View, Spectrum]]:
        """The views that the run's embedding was joined of, and the modes of each.

        Raises
        ------
        InputError
            If the embedding is of one view.
        """
        from ..embedding.joining import JoinedEmbedding
        from ..embedding.view import View

        joined = self.embedding
        if not isinstance(joined, JoinedEmbedding):
            raise InputError(f"{self.folder} has an embedding of one view: fit it with views wide and narrow")
        each = zip(joined.views, joined.weights, joined.powers, joined.orders, strict=True)
        return [
            (
                View(name=name, weight=weight, power=power, offsets=(1,) if order == 2 else None),
                self.load("spectrum-narrow" if order == 2 else "spectrum"),
            )
            for name, weight, power, order in each
        ]

    @with_resources
    @_at_once
    def counts(self, window: Window | None = None, *, threads: int | None = None) -> Cooccurrence:
        """The run's counts: its own, or its corpus counted again.

        Parameters
        ----------
        window : Window, optional
            The run's own counts are taken if they are of its corpus and this window.  By default they are taken as
            they are, and where there are none the corpus is counted with the window that a later stage remembers.
        threads : int, optional

        Raises
        ------
        FolderError
            If there are no such counts, and no corpus or no known window to count it with.
        """
        from ..cooccurrence.cooccurrence import Cooccurrence, count

        if "cooccurrence" in self:
            own = self.cooccurrence
            if window is None or (is_counted(own, window) and self.is_made_of("cooccurrence", "corpus") is not False):
                return own
            if "corpus" not in self:
                raise FolderError(f"{self.folder} is counted already, and has no corpus for another window")
        window = window or self._remembered_window()
        if "corpus" not in self or window is None:
            return Cooccurrence.load(find_stage(self.folder, "cooccurrence"))  # whose error says what there is instead
        return count(self.corpus, window, scratch=self.folder)

    def _remembered_window(self) -> Window | None:
        later = (self.load(name, verify=False) for name in self.stages if name != "cooccurrence")
        counted = (stage.lineage.values_of("count") for stage in later)
        return next((Window(**values) for values in counted if values), None)

    @with_resources
    @_at_once
    def target(self, formula: Formula | None = None, *, threads: int | None = None) -> Target:
        """The run's matrix: its own, or made again from its counts.

        Parameters
        ----------
        formula : Formula, optional
            The run's own target is taken if it is of its counts and this formula.  By default it is taken as it is,
            and where there is none it is made by the formula that spectrum or embedding remember.
        threads : int, optional

        Raises
        ------
        FolderError
            If there is no such target, and there are no counts or no known formula to make it of.
        """
        from ..target.target import Target, build_target

        if "target" in self:
            own: Target = self.load("target")
            if formula is None or (own.formula == formula and "target" not in self.stale()):
                return own
        formula = formula or self._remembered_formula()
        if formula is None:
            return Target.load(find_stage(self.folder, "target"))  # whose error says what there is instead
        return build_target(self.counts(), formula)

    def _remembered_formula(self) -> Formula | None:
        solved = (self.load(name, verify=False) for name in ("spectrum", "embedding") if name in self)
        return next((stage.formula for stage in solved if stage.formula is not None), None)

    @_at_once
    def target_of(self, spectrum: Spectrum) -> Target | None:
        """The matrix that a spectrum was solved from: the run's own, or that of its counts; None if it is neither."""
        from ..dynamics.begun import is_solved_from
        from ..target.target import build_target

        if "target" in self and is_solved_from(spectrum, own := self.load("target")):
            return own
        if spectrum.formula is None or not self._can_count():
            return None
        made = build_target(self.counts(), spectrum.formula)
        return made if is_solved_from(spectrum, made) else None

    def has_matrix(self, formula: Formula | None) -> bool:
        """Whether there is a target, or what one can be made of by this formula."""
        return "target" in self or (formula is not None and self._can_count())

    def _can_count(self) -> bool:
        return "cooccurrence" in self or ("corpus" in self and self._remembered_window() is not None)

    def is_made_of(self, name: str, earlier: str) -> bool | None:
        """Whether a stage is made of an earlier one as it is now.

        Returns
        -------
        bool or None
            True; False if it was made of another that stood in its place; None if it was made of none such, or the
            run has not both.
        """
        if earlier not in BEFORE[name] or not (self._is_of_its_kind(name) and self._is_of_its_kind(earlier)):
            return None
        return is_made_of(name, self.load(name, verify=False), earlier, self.load(earlier, verify=False))

    def _is_of_its_kind(self, name: str) -> bool:
        """Whether there is a stage of this name and it is what its name says."""
        if name not in self:
            return False
        with self._opened(name) as stage:
            kind = stage_class(stage.header["kind"])
        return kind is not None and issubclass(kind, stage_class(STAGES[name].kind))

    def stale(self) -> tuple[str, ...]:
        """The stages that were made of stages which have been replaced since, in the order to make them again in."""
        return self.stale_after(*STAGES)

    @_at_once
    def stale_after(self, *names: str) -> tuple[str, ...]:
        """The stages that were made of another stage of one of these names than the run has now."""
        stale: list[str] = []
        for name in self.stages:
            before = BEFORE[name]
            is_of_another = any(self.is_made_of(name, earlier) is False for earlier in before if earlier in names)
            if is_of_another or any(self.is_made_of(name, earlier) for earlier in before if earlier in stale):
                stale.append(name)
        return tuple(stale)

    def save(self, stage: Stage) -> Path:
        """Save a stage under its name, in place of an earlier one of its kind; what is stale then is not removed.

        Raises
        ------
        FolderError
            If other files, or a stage of another kind, would be overwritten.
        """
        folder = self.folder / name_of(stage)
        refuse_other(folder, STAGES[name_of(stage)].kind)
        return stage.save(folder)

    def save_once(self, corpus: Corpus) -> None:
        """Save a corpus, unless the run has the same one already.

        Raises
        ------
        FolderError
            If it has another one.
        """
        if "corpus" not in self:
            self.save(corpus)
        elif self.corpus.fingerprint != corpus.fingerprint:
            raise FolderError(
                f"{self.folder} has a corpus of another text: choose another folder, or train on it by its name"
            )

    def writing(self, keep: Iterable[str], *, anew: bool = False, gone: Iterable[str] = ()) -> Draft:
        """A block in which stages are saved that appear in the run together, when all of them are made.

        Parameters
        ----------
        keep : iterable of str
            The names of the stages to save; others that are given pass unsaved.
        anew : bool
            Whether the run is made anew: stages of it that are not saved in the block are removed then.
        gone : iterable of str
            Names of other folders in the run that are removed then.

        Examples
        --------
        >>> import tempfile, solve2vec
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run = Run(folder)
        ...     with run.writing(keep=("corpus", "cooccurrence")) as save:
        ...         corpus = save(solve2vec.encode(["a b", "b c"] * 5))
        ...         counts = save(solve2vec.count(corpus))
        ...         print(run.stages)
        ...     print(run.stages)
        ()
        ('corpus', 'cooccurrence')
        """
        return Draft(self.folder, keep, anew=anew, gone=gone)

    def refuse_foreign(self) -> None:
        """Stop before writing where other people's files would be overwritten.

        Raises
        ------
        FolderError
            If the folder is a file, or has other files under the name of a stage.
        """
        refuse_foreign(self.folder)

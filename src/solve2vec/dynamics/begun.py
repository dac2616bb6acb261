"""A start that is begun: drawn, given, or known by its size alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from ..core.choices import require_choice
from ..core.errors import InputError
from ..linalg.rowblocks import row_blocks
from .deep import DeepFlow
from .frame import FramedFlow, frame_of
from .starts import Start, perpendicular_squares

if TYPE_CHECKING:
    from ..spectrum.spectrum import Spectrum
    from ..target.target import Target

LOOKED_AT = 8  # modes, by which a target is told from another
Method = Literal["aligned", "exact"]
Given = np.ndarray | Sequence[np.ndarray]  # W; W and U; or the layers of a deep network, W first and U last


@dataclass(frozen=True)
class Begun:
    """A start, of which everything, or only its size, is known."""

    how: Start
    W: np.ndarray | None
    U: np.ndarray | None
    is_given: bool
    between: tuple[np.ndarray, ...] = ()  # the layers of a deep network that is begun

    @classmethod
    def of(cls, spectrum: Spectrum, start: Start | Given) -> Begun:
        """Draw, or take, the start; refuse one that does not fit the modes."""
        V, has_two = len(spectrum.vocabulary), spectrum.right_vectors is not None
        if isinstance(start, Start):
            W, U = (None, None) if start.seed is None else start.draw(V)
            begun = cls(start, W, U, False, () if start.seed is None else tuple(start.between(V)))
        else:
            W, *between, U = start if isinstance(start, tuple | list) else (start, None)
            begun = cls._of_arrays(V, W, U)._with_layers(between)
        if has_two == begun.how.tied:
            raise InputError(
                "two matrices learn singular values: solve with tied=False (--no-tied) to predict them"
                if not begun.how.tied
                else "one matrix learns eigenvalues: solve with tied=True to predict it, or start two matrices"
            )
        return begun

    @classmethod
    def _of_arrays(cls, V: int, W: Any, U: Any) -> Begun:
        W, U = np.asarray(W, np.float64), None if U is None else np.asarray(U, np.float64)
        for given in (W, W if U is None else U):
            if given.ndim != 2 or len(given) != V or given.shape != W.shape or not np.isfinite(given).all():
                raise InputError(f"a start of {V} words is a finite ({V}, d) array, or two; got shape {given.shape}")
        scale = float(np.sqrt(np.mean(W**2) if U is None else np.mean(W**2 + U**2) / 2))
        return cls(Start(max(scale, np.finfo(float).tiny), W.shape[1], U is None), W, U, True)

    def _with_layers(self, between: Sequence[Any]) -> Begun:
        """The same with layers between W and U."""
        layers, d = tuple(np.asarray(layer, np.float64) for layer in between), self.how.dim
        for layer in layers:
            if layer.shape != (d, d) or not np.isfinite(layer).all():
                raise InputError(f"a layer between is a finite ({d}, {d}) array; got shape {layer.shape}")
        return replace(self, how=replace(self.how, depth=2 + len(layers)), between=layers)

    def method(self, wanted: Method | None) -> Method:
        """The wanted one; else exact, where all of the start is known."""
        if wanted is not None:
            require_choice("method", wanted, get_args(Method))
        return wanted or ("aligned" if self.W is None else "exact")

    @property
    def told(self) -> dict[str, Any]:
        """What the lineage says of it."""
        how = {name: value for name, value in asdict(self.how).items() if name != "depth" or value > 2}
        return how | {"given": self.is_given}

    def squares(self, spectrum: Spectrum) -> np.ndarray:
        """(K,) s_0² of every mode of the spectrum."""
        if self.W is None:
            return self.how.typical_squares(len(spectrum))
        parts = np.asarray(spectrum.eigenvectors, np.float64).T @ self.W
        if self.U is not None:
            parts = (parts + np.asarray(spectrum.context_modes, np.float64).T @ self.U) / 2
        return perpendicular_squares(parts)


def misfit(spectrum: Spectrum, target: Target) -> float:
    """The largest ‖M v_k - λ_k u_k‖ of the first modes, as a multiple of what the solver left there and rounding."""
    u = np.asarray(spectrum.eigenvectors[:, :LOOKED_AT], np.float64)
    v = np.asarray(spectrum.context_modes[:, :LOOKED_AT], np.float64)
    with row_blocks(len(target)) as blocks:
        left_over = target.product(blocks)(v) - u * spectrum.eigenvalues[:LOOKED_AT]
    allowed = 2 * float(spectrum.residuals[:LOOKED_AT].max()) + target.rounding()
    return float(np.linalg.norm(left_over, axis=0).max()) / max(allowed, np.finfo(float).tiny)


def is_solved_from(spectrum: Spectrum, target: Target) -> bool:
    """Whether these are modes of this matrix."""
    return target.vocabulary.words == spectrum.vocabulary.words and misfit(spectrum, target) <= 1


def require_solved_from(spectrum: Spectrum, target: Target | None) -> None:
    """Refuse a matrix of other words, or one that the modes are not of: with other counts, or by another formula."""
    if target is None:
        return
    if target.vocabulary.words != spectrum.vocabulary.words:
        raise InputError("the target has other words than the spectrum: give the one that was solved")
    if (off := misfit(spectrum, target)) > 1:
        raise InputError(
            f"the spectrum is not of this target: ‖Mv - λv‖ is {off:,.0f} times what its solver left; give the target "
            "that was solved, or solve this one"
        )


def framed_flow(spectrum: Spectrum, begun: Begun, target: Target | None, K: int) -> FramedFlow | DeepFlow:
    """The exact flow from a start that is known, of which the first ``K`` modes are followed."""
    if begun.W is None:
        raise InputError(
            "the exact method needs the very start: give it a seed, or the arrays that training begins with"
        )
    frame = frame_of(spectrum, target, begun.W, begun.U, modes=K)
    return DeepFlow(frame, begun.between) if begun.between else FramedFlow(frame)


def checked_times(times: Sequence[float] | np.ndarray) -> np.ndarray:
    """(T,) float64, rising from 0 or later."""
    made = np.asarray(times, np.float64)
    if made.ndim != 1 or not len(made) or not np.isfinite(made).all() or made[0] < 0 or (np.diff(made) < 0).any():
        raise InputError("times must be rising numbers from 0 on: of gradient flow, which is learning rate times steps")
    return made

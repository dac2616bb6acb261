"""The embedding at any moment of learning, in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError
from ..core.parallel import single_threaded_blas
from . import deep
from .begun import Begun, Given, Method, checked_times, framed_flow, require_solved_from
from .frame import Frame
from .growth import aligned_strengths
from .starts import Start

if TYPE_CHECKING:
    from ..embedding.embedding import Embedding
    from ..spectrum.spectrum import Spectrum
    from ..target.target import Target
    from ..trajectory import Trajectory

VectorsAt = Callable[[float], tuple[np.ndarray, np.ndarray | None]]


def embedding_at(
    spectrum: Spectrum,
    start: Start | Given,
    time: float,
    *,
    method: Method | None = None,
    target: Target | None = None,
) -> Embedding:
    """W, and U where untied, at one moment of the flow, up to a rotation.

    The rotation is chosen so that column k stands along mode k as far as it can: as t grows, the columns tend
    to those of :func:`~solve2vec.embedding.embedding.embed`.

    Parameters
    ----------
    spectrum, start, method, target
        As in :func:`predict`.
    time : float
        t ≥ 0.

    Examples
    --------
    >>> import solve2vec
    >>> target = solve2vec.Target.from_array([[2.0, 1.0], [1.0, 2.0]], ["a", "b"])
    >>> embedding = embedding_at(solve2vec.solve(target, dim=2), Start(init_scale=1e-3, dim=1, seed=0), 50.0)
    >>> abs(embedding.vectors).round(3).astype(float).round(3).tolist()  # √(3/2)
    [[1.225], [1.225]]
    """
    return next(embeddings_at(spectrum, start, [time], method=method, target=target))


def embeddings_at(
    spectrum: Spectrum,
    start: Start | Given,
    times: Sequence[float] | np.ndarray,
    *,
    method: Method | None = None,
    target: Target | None = None,
) -> Iterator[Embedding]:
    """What :func:`embedding_at` gives, for one time after another: the frame is made once."""
    from ..embedding.embedding import Embedding

    begun, moments = Begun.of(spectrum, start), checked_times(times)
    chosen = begun.method(method)
    require_solved_from(spectrum, target)
    vectors = _aligned_vectors if chosen == "aligned" else _exact_vectors
    with single_threaded_blas():
        at = vectors(spectrum, begun, target)
    for time in moments.tolist():
        with single_threaded_blas():
            W, U = at(time)
        yield Embedding(
            vectors=np.asarray(W, np.float32),
            context_vectors=None if U is None else np.asarray(U, np.float32),
            vocabulary=spectrum.vocabulary,
            lineage=spectrum.lineage.then("embedding_at", time=time, method=chosen, **begun.told),
        )


def growth_frames(
    predicted: Trajectory,
    spectrum: Spectrum,
    start: Start | Given,
    tokens: Sequence[int] | np.ndarray,
    *,
    plane: tuple[int, int] = (0, 1),
    frames: int = 80,
    target: Target | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frames for an animation of the growing space, from the closed form alone.

    Parameters
    ----------
    predicted : Trajectory
        What :func:`~solve2vec.dynamics.prediction.predict` gave for the same spectrum, start and target.
    tokens : (n,) int array
        Rows of the words to show.
    plane : pair of int
        The two columns, below d, that are shown: those of two modes.
    frames : int
        T, at most; picked evenly among the predicted moments.

    Returns
    -------
    times : (T,) float64
    places : (T, n, 2) float32
    strengths : (T, K) float64

    Raises
    ------
    InputError
        If the embedding has no such columns.
    """
    method = predicted.lineage.values_of("predict").get("method")
    chosen = np.unique(np.linspace(0, len(predicted) - 1, max(1, frames)).astype(int))
    places = []
    for embedding in embeddings_at(spectrum, start, predicted.time[chosen], method=method, target=target):
        if not 0 <= min(plane) <= max(plane) < embedding.dim:
            raise InputError(
                f"the plane of columns {plane} needs more dimensions than {embedding.dim}: predict in more"
            )
        places.append(embedding.vectors[np.asarray(tokens)][:, list(plane)])
    return predicted.time[chosen], np.array(places), predicted.strengths[chosen]


def _aligned_vectors(spectrum: Spectrum, begun: Begun, target: Target | None) -> VectorsAt:
    """Each mode's own strength on the mode itself: the first d modes, in order."""
    K, L = min(len(spectrum), begun.how.dim), begun.how.depth
    λ = np.asarray(spectrum.eigenvalues, np.float64)[:K]
    s0 = begun.squares(spectrum)[:K] if L == 2 else begun.how.layer_products(K)

    def at(time: float) -> tuple[np.ndarray, np.ndarray | None]:
        now = np.array([time])
        strengths = (aligned_strengths(λ, s0, now) if L == 2 else deep.aligned_strengths(λ, s0, now, L))[0]
        size = np.sqrt(strengths) if L == 2 else strengths ** (1 / L)  # of W; U stands for all other layers
        W = spectrum.eigenvectors[:, :K] * size
        return W, None if begun.how.tied else spectrum.context_modes[:, :K] * (size if L == 2 else size ** (L - 1))

    return at


def _exact_vectors(spectrum: Spectrum, begun: Begun, target: Target | None) -> VectorsAt:
    """The flow's own W and U, their columns turned toward the modes."""
    flow = framed_flow(spectrum, begun, target, len(spectrum))

    def at(time: float) -> tuple[np.ndarray, np.ndarray | None]:
        W, U = flow.at(time)
        turn = _turn_to_modes(flow.frame, W, U)
        return flow.frame.words @ (W @ turn), None if flow.frame.tied else flow.frame.contexts @ (U @ turn)

    return at


def _turn_to_modes(frame: Frame, W: np.ndarray, U: np.ndarray) -> np.ndarray:
    """(d, d) the rotation that brings column k nearest to mode k (orthogonal Procrustes)."""
    d = W.shape[1]
    along = frame.followed_words.T @ W + frame.followed_contexts.T @ U
    X, _, Yt = np.linalg.svd(np.pad(along[:d], ((0, max(0, d - len(along))), (0, 0))))
    return (X @ Yt).T

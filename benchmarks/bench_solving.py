"""The leading 200 modes of M* at V = 30,000, against scipy's eigsh (ARPACK) on the same operator and residual."""

from __future__ import annotations

import json
import sys
import time

import measure

DIM = 200


def target():
    """M* of the shared Wikipedia text with the default settings."""
    from solve2vec import Tokenizer, VocabularyOptions, count, encode, mstar, read

    documents = read(measure.plain_text(), tokenizer=Tokenizer(token_pattern="[a-z]+"))
    return mstar(count(encode(documents, selection=VocabularyOptions(5, 30_000))))


def ours(threads: int) -> None:
    """Block Krylov."""
    from solve2vec import solve

    given = target()
    begun = time.perf_counter()
    made = solve(given, DIM, threads=threads)
    report(time.perf_counter() - begun, made.worst_residual)


def eigsh() -> None:
    """ARPACK, one vector at a time, through the same products."""
    import numpy as np
    from scipy.sparse.linalg import LinearOperator
    from scipy.sparse.linalg import eigsh as arpack

    from solve2vec.linalg.rowblocks import row_blocks

    given = target()
    with row_blocks(len(given)) as blocks:
        product = given.product(blocks)
        product(np.zeros((len(given), 1), np.float32))

        def matvec(x):
            return product(x.astype(np.float32).reshape(-1, 1)).astype(np.float64)[:, 0]

        operator = LinearOperator((len(given),) * 2, matvec=matvec, dtype=np.float64)
        begun = time.perf_counter()
        values, vectors = arpack(operator, k=DIM, which="LA", tol=1e-3, v0=np.ones(len(given)))
        seconds = time.perf_counter() - begun
        residuals = np.linalg.norm(product(vectors.astype(np.float32)) - vectors * values, axis=0)
    report(seconds, residuals.max() / values.max())


def report(seconds: float, residual: float) -> None:
    """With the residual that was reached."""
    print(json.dumps({"seconds": seconds, "note": f"worst residual {residual:.1e} of the largest eigenvalue"}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        ours(int(sys.argv[2]))
    elif sys.argv[1:2] == ["eigsh"]:
        eigsh()
    else:
        this = [sys.executable, __file__]
        peers = {"solve2vec, 1 thread": [*this, "ours", "1"], "scipy eigsh (ARPACK)": [*this, "eigsh"]}
        measure.compare([*this, "ours", "2"], peers, name="solving", runs=int((sys.argv[1:] or ["1"])[0]))

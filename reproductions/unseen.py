"""What the value of pairs never seen does to the PMI: the paper's PMI row, 8.4 % of analogies, explained.

The paper's code takes log(P_ij / (P_i P_j) + 1e-25), which is -57.56 for pairs never seen; Levy and Goldberg's M_0
has 0.  Where few pairs are unseen, -57.56 swamps everything else.  d = 200, linear window of 16, all pairs of Google's
analogies; ``solve2vec target --kind pmi --shrinkage 0 --floor -57.56`` makes it.
"""

from __future__ import annotations

from workshop import DATA, claim, wikipedia_counts

import solve2vec
from solve2vec.evaluation import analogies, read_analogies

DIM, UNSEEN = 200, -57.56


def main() -> None:
    """Two values, two sizes of vocabulary."""
    with claim("unseen", "Few pairs never seen, at log 1e-25, swamp the PMI of all others") as found:
        google = read_analogies(DATA / "evaluation" / "questions-words.txt")
        for V in (2_500, 10_000):
            counts = wikipedia_counts().head(V)
            found[f"V = {V}"] = shown = {"share of pairs never seen": round(1 - counts.counts.nnz / V**2, 3)}
            for floor in (0.0, UNSEEN):
                E = solve2vec.embed(solve2vec.solve(solve2vec.pmi(counts, floor=floor), DIM))
                right = analogies(E, google, protocol="pairs").accuracy
                shown[f"% right, pairs never seen at {floor:g}"] = round(100 * float(right or 0), 1)


if __name__ == "__main__":
    main()

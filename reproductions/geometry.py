"""Which lists of words are rings, lines or trees in Wikipedia: months, days, years, numbers, winds, countries, kinds.

Each list stands in the order in which it would go around or along; what comes out is kept, whatever it is.
"""

from __future__ import annotations

from workshop import DATA, claim, save_figure

import solve2vec
from solve2vec import Geometry, Tokenizer, Window
from solve2vec.plots import plot_geometry

V, DIM = 16_000, 300
LISTS = {
    "months": "january february march april may june july august september october november december",
    "days of the week": "monday tuesday wednesday thursday friday saturday sunday",
    "years 1960–2011": " ".join(map(str, range(1960, 2012))),
    "years 1800–1995, every fifth": " ".join(map(str, range(1800, 2000, 5))),
    "numbers": "one two three four five six seven eight nine ten",
    "ordinals": "first second third fourth fifth sixth seventh eighth ninth tenth",
    "1 … 31": " ".join(map(str, range(1, 32))),
    "winds": "north northeast east southeast south southwest west northwest",
    "planets": "mercury venus earth mars jupiter saturn uranus neptune",
    "countries": "france germany italy spain portugal sweden norway denmark finland china japan korea india pakistan "
    "brazil argentina chile peru mexico egypt nigeria kenya",
    "kinds": "dog cat horse cattle sheep bird fish insects tree trees flowers fruit wheat rice car cars train trains "
    "aircraft ship ships bus",
    "no list": "table sea blue theory walk church milk goal river paper soft king",
}  # fmt: skip
DRAWN = {"months": "months", "years 1960–2011": "years", "winds": "winds"}


def kept(found: Geometry) -> dict[str, object]:
    """What is kept of a list."""
    return {
        name: {
            "shape": view.shape,
            "score, chance": {one: [round(fit.score, 3), round(fit.by_chance, 3)] for one, fit in view.fits.items()},
            "modes: share, chance, agreement": {
                mode.name: [round(mode.strength, 3), round(mode.by_chance, 3), round(mode.agreement, 3)]
                for mode in found.modes(name)
            },
        }
        for name, view in found.views.items()
    }  # fmt: skip


def main() -> None:
    """Fit once, ask of every list."""
    sentence = (
        "Months are a ring, years and numbers lines, countries a tree; most of it stays when the words never meet."
    )
    with claim("geometry", sentence) as found:
        documents = solve2vec.read(
            DATA / "enwiki105.txt.xz",
            reading=solve2vec.ReadingOptions(document="blank-line"),
            tokenizer=Tokenizer(token_pattern="[a-z0-9]+"),
        )
        corpus = solve2vec.encode(documents, selection=solve2vec.VocabularyOptions(5, V))
        target = solve2vec.mstar(solve2vec.count(corpus, Window(16, "linear")), shrinkage=0.0)
        embedding = solve2vec.embed(solve2vec.solve(target, DIM))
        for name, text in LISTS.items():
            words = [word for word in text.split() if word in embedding]
            missing = len(text.split()) - len(words)
            shape = solve2vec.geometry(embedding, words, target)
            print(
                f"  {name}: {shape}" + f", {missing} of the list not among the {V:,} words" * bool(missing), flush=True
            )
            found[name] = {"words": len(words), "missing": missing} | kept(shape)
            if name in DRAWN:
                save_figure(plot_geometry(shape), f"geometry_{DRAWN[name]}")


if __name__ == "__main__":
    main()

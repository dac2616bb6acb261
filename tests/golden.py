"""What runs of an earlier version answer, and what comes of them when every command goes on from them.

``python tests/golden.py FOLDER`` prints it all as JSON.  The version that made the runs wrote ``golden.json`` so;
``test_golden.py`` asks the version at hand the same and compares.
"""

import hashlib
import io
import json
import os
import shlex
import shutil
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

import solve2vec
from solve2vec.cli import main

GOES_ON = {  # commands in the order in which they are given, beside the other runs; ! is refused
    "whole": """
        show whole
        modes whole --modes 3 --words 3
        modes whole --no-intervals
        modes whole --rotated --words 3
        neighbors whole king paris -n 4
        neighbors whole bread --confidence 0.8 -n 3
        analogy whole man woman king
        analogy whole man woman king --method mul
        evaluate whole --analogies analogies.txt --similarity similarity.txt --bootstrap 100
        evaluate whole default --paired --analogies analogies.txt --similarity similarity.txt --bootstrap 100
        explore whole --out page.html
        count whole --estimate
        convert whole copy
        convert whole vectors.bin
        convert whole vectors.txt
        convert whole vectors.glove
        convert whole vectors.vec
        convert whole vectors.npz
        convert whole vectors.parquet
        convert whole tensors --format safetensors
        convert whole board --format projector
        to-glove whole vocab.txt counts.bin
        predict whole --init-scale 1e-3 --dim 8 --seed 2 --times 0 0.5 1 2 --out seed/prediction
        predict whole --init-scale 1e-3 --dim 6 --untied --learning-rate 0.01 --times 0 0.5 1 --out two/prediction
        solve whole --dim 4 --out four/spectrum --warm-start whole
        embed whole --dim 3 --power 1
        neighbors whole king -n 3
        target whole --kind ppmi --shrinkage 0
        solve whole --dim 3
        embed whole
        count whole --size 4 --weighting linear --shards 3
        encode text.txt --out whole/corpus
        """,
    "default": """
        show default
        target default --kind shifted_pmi --negatives 5 --context-smoothing 0.75 --no-symmetric
        solve default --dim 3 --no-tied
        embed default
        merge default whole --out both/cooccurrence
        subtract both default --out one/cooccurrence
        to-glove default vocab.txt counts.bin
        count default --size document
        encode text.txt --vocabulary default --out again/corpus
        """,
    "linear": """
        solve linear --dim 3
        embed linear --dim 2
        predict linear --init-scale 1e-2 --dim 3 --times 0 1 --seed 0
        ! target linear
        ! count linear
        """,
    "flat": """
        neighbors flat king -n 3
        target flat --kind ppmi --unigram
        solve flat --dim 4 --seed 1
        predict flat --init-scale 1e-2 --dim 4 --times 0 1 2
        merge flat flat --out twice/cooccurrence
        """,
    "document": """
        embed document
        predict document --init-scale 1e-3 --dim 4 --untied --times 0 0.1 1
        count document --size document
        target document --kind pmi --shrinkage 0 --floor -1
        """,
    "untied": """
        modes untied --modes 2
        neighbors untied king --n 3
        predict untied --init-scale 1e-3 --untied --dim 4 --seed 5 --times 0 1
        explore untied --out page.html
        embed untied --power 0
        solve untied --dim 3 --no-tied --tolerance 1e-6
        ! solve untied --dim 3
        """,
    "published": """
        neighbors published garden -n 3
        predict published --init-scale 1e-3 --dim 4 --times 0 1
        embed published --power 0.5
        """,
    "phrases": """
        neighbors phrases new+york -n 3
        count phrases --size 5
        target phrases
        """,
    "paragraphs": """
        modes paragraphs --modes 2 --words 4
        count paragraphs --size 32
        train paragraphs --out trained --dim 3 --epochs 1 --points 3
        """,
    "lists": r"""
        neighbors lists 'tab	here' -- -n
        show lists
        target lists --shrinkage 0
        convert lists odd.npz
        neighbors odd.npz ß
        ! convert lists odd.txt
        """,
    "steps": """
        count steps --size 6
        target steps --shrinkage 1
        solve steps --dim 6 --tolerance 1e-6 --warm-start steps
        embed steps --dim 3 --power 0
        train steps --out counted --population --dim 3 --modes 3 --points 3 --no-tied --integrator adaptive \
            --duration 1 --context-smoothing 1 --subsample none
        """,
    "stale": """
        predict stale --init-scale 1e-3 --dim 4 --untied --times 0 1
        predict stale --init-scale 1e-3 --dim 4 --seed 0 --times 0 1
        target stale
        predict stale --init-scale 1e-3 --dim 4 --seed 0 --times 0 1
        solve stale --dim 4
        embed stale
        """,
    "parts": """
        count parts --size 4 --part 2/2 --out new/cooccurrence
        merge parts/two parts/one --out parts/merged/cooccurrence
        merge parts/one new --out all/cooccurrence
        subtract parts/merged parts/two --out parts/subtracted/cooccurrence
        ! subtract parts/one parts/two --out negative/cooccurrence
        ! merge parts/one whole --out other/cooccurrence
        target parts/merged
        train parts/merged --out descended --population --dim 3 --modes 3 --points 3 --duration 0.5 \
            --context-smoothing 1 --subsample none
        """,
    "glove": """
        from-glove vocab.glove.txt cooccurrence.glove.bin --out again/cooccurrence
        target glove
        solve glove --dim 3
        """,
    "graph": """
        target graph --shrinkage 0
        solve graph --dim 1
        embed graph
        """,
    "matrix": """
        solve matrix --dim 2 --no-tied
        ! solve matrix --dim 2
        predict matrix --untied --init-scale 1e-2 --times 0 0.2 --dim 2
        """,
    "vectors": """
        show vectors
        neighbors vectors a
        convert vectors copy.parquet
        """,
    "words": """
        show words
        encode text.txt --vocabulary words/vocabulary --out few/corpus
        """,
    "cut": """
        neighbors cut the -n 3
        target cut
        ! train cut --out nothing
        """,
    "sgns": """
        show sgns
        neighbors sgns king -n 3
        explore sgns --out page.html
        train text.txt --min-count 3 --out sgns --epochs 3 --subsample 0.05 --dim 4 --seed 1 --points 5
        train sgns --model cbow --out further --warm-start sgns --dim 4 --epochs 1 --points 3 --subsample none
        count sgns --size 5 --weighting linear
        ! train text.txt --out sgns --min-count 2 --dim 4
        """,
    "cbow": """
        neighbors cbow king -n 3
        ! compare whole cbow
        """,
    "quadratic": """
        predict whole --init-scale 0.1 --dim 4 --at quadratic --out quadratic/prediction
        compare quadratic quadratic
        """,
    "population": """
        compare population population
        predict population --init-scale 1e-3 --dim 4 --seed 1 --at population
        explore population --out page.html
        train whole --out on --population --model quadratic --reweighted --dim 4 --modes 4 --points 3 --duration 0.2 \
            --warm-start population --follow population --context-smoothing 1 --subsample none
        """,
    "logistic": """
        predict logistic --untied --init-scale 1e-2 --dim 4 --seed 1 --at logistic
        compare logistic logistic
        """,
    "weighted": """
        train whole --out on --model weighted --ridge 0.1 --sweeps 2 --tolerance 0.5 --head 30 --dim 4 \
            --warm-start weighted --context-smoothing 1 --subsample none
        """,
    "warm": """
        neighbors warm king -n 3
        """,
    "unfinished-sgns": """
        show unfinished-sgns
        ! train unfinished-sgns --out unfinished-sgns --epochs 2 --subsample 0.05 --dim 4 --seed 1 --points 5
        train unfinished-sgns --out unfinished-sgns --epochs 3 --subsample 0.05 --dim 4 --seed 1 --points 5
        """,
    "unfinished-cbow": """
        train whole --model cbow --out unfinished-cbow --epochs 3 --subsample none --dim 4 --seed 1 --points 5
        """,
    "unfinished-quadratic": """
        train whole --model quadratic --reweighted --tied --follow whole --out unfinished-quadratic --epochs 3 \
            --subsample none --dim 4 --seed 1 --points 5 --init-scale 0.1 --learning-rate 0.005
        """,
}
AT_LENGTH = {  # the same, of what takes long
    "whole": """
        diagnose whole
        diagnose whole --model sgns --analogies analogies.txt --html report.html
        fit text.txt --out whole --min-count 3 --dim 6 --bootstrap 20 --bootstrap-shards 10
        neighbors whole king -n 3
        """,
    "default": """
        diagnose default
        train default --out counted --population --model quadratic --dim 3 --modes 3 --points 3 --duration 0.5 \
            --context-smoothing 1 --subsample none
        train default --out optimal --model weighted --dim 3 --tolerance 0.1 --context-smoothing 1 --subsample none
        fit text.txt --out default --min-count 3 --dim 3 --keep cooccurrence embedding
        """,
}
PASSING = {  # of reports: what is another each time, where it lies, and sentences for people
    "seconds", "total_seconds", "elapsed", "words_per_second", "threads", "bytes", "written_by", "fingerprint", "moved",
    "folder", "run", "page", "file", "vocab", "cooccurrence", "settings", "source", "skipped",
    "claim", "evidence", "numbers", "advice", "options", "gensim", "remarks",
}  # fmt: skip
WRITTEN = (".bin", ".txt", ".glove", ".vec", ".tsv")  # files that have the same bytes whenever they are written


def commands(script):
    """The lines of a script, each as arguments."""
    return [shlex.split(line) for line in script.replace("\\\n", " ").strip().splitlines()]


def stages_in(folder):
    """The outermost folders of stages, by their path from ``folder``."""
    found = sorted(path.parent.relative_to(folder) for path in folder.rglob("stage.json"))
    return [path.as_posix() for path in found if not any(other in path.parents for other in found)]


def plain(value):
    """As JSON has it, without what passes; eight digits."""
    if isinstance(value, dict):
        return {str(name): plain(entry) for name, entry in value.items() if name not in PASSING}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.8g}") if np.isfinite(value) else None
    return value


def described(folder):
    """A saved stage, checked by its sums: what it is, its fingerprint, how it was made, what it answers."""
    stage = solve2vec.load(folder)
    return {
        "kind": type(stage).__name__,
        "fingerprint": stage.fingerprint,
        "before": hashlib.sha256(str(type(stage.lineage)(stage.lineage[:-1])).encode()).hexdigest()[:16],
        "step": [[step.verb, plain(step.values)] for step in stage.lineage[-1:]],
        "summary": plain(stage.summary()),
        "answers": plain(answers(stage)),
    }


def answers(stage):
    """What one asks of a stage of this kind."""
    kind = type(stage).__name__
    words = stage.words if kind in ("Vocabulary", "Embedding") else getattr(stage, "vocabulary", None)
    words = list(getattr(words, "words", words) or ())
    if kind == "Vocabulary":
        return {"words": words[:5], "counts": stage.counts[:5], "total": stage.total}
    if kind == "Corpus":
        return {"first": stage.document(0), "last": stage.document(stage.n_documents - 1), "words": words[-3:]}
    if kind == "Cooccurrence":
        head = stage.counts[:3, :3].toarray()
        return {"head": head, "denominator": stage.denominator, "marginal": stage.marginal()[:5], "words": words[-3:]}
    if kind == "Target":
        return {
            "row": stage.row(words[0])[:6],
            "last": stage.row(words[-1])[-6:],
            "squared_norm": stage.squared_norm(),
            "is_symmetric": stage.is_symmetric,
        }
    if kind in ("Spectrum", "SingularSpectrum"):
        right = stage.right_vectors
        return {
            "eigenvalues": stage.eigenvalues,
            "ends": [  # how far out, since words that are always together stand equally far
                [stage.eigenvectors[[words.index(word) for word in end], k] for end in stage.mode_words(k, 3)]
                for k in range(len(stage))
            ],
            "first": stage.eigenvectors[0],
            "last": stage.eigenvectors[-1],
            "right": None if right is None else right[0],
        }
    if kind == "Embedding":
        context, at = stage.context_vectors, {words[0]: 3.0, words[1]: 1.0}
        return {
            "neighbors": {word: stage.neighbors(word, 3) for word in (words[0], words[len(words) // 2])},
            "analogy": stage.analogy(*words[:3], 2) if len(words) > 3 else None,
            "products": stage.vectors[:4] @ stage.vectors[-1],  # a weighted optimum has no sign of its own
            "contexts": None if context is None else stage.vectors[:4] @ context[-1],
            "folded_in": None if stage.formula is None else stage.fold_in(at),
        }
    if kind == "Trajectory":
        return {
            "time": stage.time,
            "loss": stage.loss,
            "last": stage.strengths[-1],
            "half_way": stage.half_way(),
            "mode_names": stage.mode_names,
            "step": stage.step,
        }
    if kind == "Bootstrap":
        return {"neighbors": stage.neighbors(words[0], 2), "modes": stage.modes()}
    return {}


def told(text):
    """What a command printed as JSON, or nothing."""
    if not text:
        return None
    said = plain(json.loads(text))
    if isinstance(said, dict) and isinstance(said.get("stages"), dict):
        del said["stages"]  # the seconds of each
    return said


def states(folder):
    """When each stage and each other file of the kinds that are compared was written; links are left out."""
    found = {}
    for place, folders, files in os.walk(folder):
        path = Path(place)
        if "stage.json" in files:
            folders.clear()
            found[path.relative_to(folder).as_posix()] = path / "stage.json"
        else:
            found |= {(path / name).relative_to(folder).as_posix(): path / name for name in files}
    written = {name: path for name, path in found.items() if path.name == "stage.json" or path.suffix in WRITTEN}
    return {name: (path.stat().st_ino, path.stat().st_mtime_ns) for name, path in written.items()}


def made_at(path):
    """What a command wrote: a stage, or a file by its sum."""
    return described(path) if path.is_dir() else {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def went_on(arguments, folder):
    """Give one command in ``folder``: what it tells, and the stages and files that it made; nothing if it refuses."""
    before = states(folder)
    out, err = io.StringIO(), io.StringIO()
    refused = arguments[0] == "!"
    name, *others = arguments[refused:]
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = main.run([name, "--json", *others])
    assert code == (2 if refused else 0), f"{name}: {err.getvalue()}"
    after = states(folder)
    if refused:
        assert before == after
        return {}
    return {
        "told": told(out.getvalue()),
        "gone": sorted(before.keys() - after.keys()),
        "made": {path: made_at(folder / path) for path in after if after[path] != before.get(path)},
    }


def all_went_on(script, folder):
    """Every command of a script, in order, by what was typed."""
    return {shlex.join(arguments): went_on(arguments, folder) for arguments in commands(script)}


def copied(folder, run, place):
    """A folder in which commands can be given: ``run`` is a copy, and what else they read are links."""
    for path in folder.iterdir():
        if path.name != run:
            (place / path.name).symlink_to(path.absolute())
    shutil.copytree(folder / run, place / run)
    return place


def recorded(folder):
    """All that is compared."""
    made = {"stages": {path: described(folder / path) for path in stages_in(folder)}}
    for name, scripts in (("goes_on", GOES_ON), ("at_length", AT_LENGTH)):
        made[name] = {}
        for run, script in scripts.items():
            with tempfile.TemporaryDirectory() as place:
                made[name][run] = all_went_on(script, copied(folder, run, Path(place)))
    return made


if __name__ == "__main__":
    found = recorded(Path(sys.argv[1]))
    lines = [  # one for each stage and each run
        f'"{part}": {{\n'
        + ",\n".join(f"{json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in entries.items())
        + "\n}"
        for part, entries in found.items()
    ]
    print("{\n" + ",\n".join(lines) + "\n}")

#!/bin/sh
# The commands that made the run folders beside this file, as solve2vec 0.1.0 at commit 4df1517 understands them.
# They are history: nobody needs to run them again, and a later version need not understand them.
#
#   git worktree add ../old 4df1517 && PYTHONPATH=../old/src sh tests/data/runs-0.1/make.sh
#   PYTHONPATH=../old/src:tests python tests/golden.py tests/data/runs-0.1 > tests/data/runs-0.1/golden.json
#
# PYTHON=/path/to/python chooses the interpreter.
set -eu
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python}
s2v() { "$PYTHON" -m solve2vec "$@"; }
python() { "$PYTHON" -; }

for folder in */; do rm -rf "$folder"; done
text="text.txt --min-count 3"

# from text to vectors: every stage kept; the stages kept by default; some of them; every kind of target and window
s2v fit $text --out whole --dim 6 --keep corpus cooccurrence target spectrum embedding \
  --bootstrap 20 --bootstrap-shards 10
s2v predict whole --init-scale 1e-3 --dim 6 --times 0 0.2 0.4 0.6 0.8 1 2
s2v fit $text --out default --dim 5
s2v fit $text --out linear --dim 4 --size 5 --weighting linear --kind shifted_pmi --negatives 5 \
  --context-smoothing 0.75 --subsample 1e-2 --keep target spectrum
s2v fit $text --out flat --dim 4 --size 3 --weighting flat --kind ppmi --unigram --keep cooccurrence embedding
s2v fit $text --out document --dim 4 --size document --kind pmi --shrinkage 0 --floor -1 \
  --keep corpus cooccurrence spectrum
s2v fit $text --out untied --dim 4 --no-tied --no-symmetric --context-smoothing 0.75 --kind shifted_pmi \
  --negatives 2 --keep target spectrum embedding
s2v fit $text --out published --dim 4 --shrinkage 0 --size 8 --max-vocab 40 --power 1 --seed 3 --keep spectrum embedding
s2v fit $text --out phrases --dim 4 --phrase-scoring npmi --phrase-rounds 2 --phrase-delimiter + --keep corpus embedding
s2v fit text.txt --out paragraphs --dim 4 --min-count 2 --document blank-line --token-pattern whitespace --no-lowercase \
  --unicode-form NFKC --phrase-scoring mikolov --phrase-threshold 5 --keep corpus spectrum
python <<'END'
import solve2vec
odd = [["tab\there", "two\nlines", "back\\slash", "\u2028", "Ελλάδα"], ["tab\there", "ß", "-n", "Ελλάδα", "two\nlines"]]
solve2vec.fit(odd * 5, 2, out="lists", size=2, keep=["corpus", "cooccurrence", "spectrum", "embedding"])
END

# stages made one by one; a spectrum from a warm start, and fewer dimensions than it has modes
s2v encode text.txt --min-count 3 --out steps/corpus
s2v count steps --size 6
s2v target steps --shrinkage 1
s2v solve steps --dim 6 --tolerance 1e-6 --warm-start whole
s2v embed steps --dim 3 --power 0
# counts made again after all others: target, spectrum and embedding are of other counts
s2v fit $text --out stale --dim 4 --size 7 --keep corpus cooccurrence target spectrum embedding
s2v count stale --size 2 --weighting flat

# counts: parts of a corpus, merged; a part taken away again; GloVe's; a matrix from elsewhere
s2v encode text.txt --out parts/corpus
s2v count parts --size 4 --part 1/2 --out parts/one/cooccurrence
s2v count parts --size 4 --part 2/2 --out parts/two/cooccurrence
s2v merge parts/one parts/two --out parts/merged/cooccurrence
s2v subtract parts/merged parts/one --out parts/subtracted/cooccurrence
s2v to-glove parts/one vocab.glove.txt cooccurrence.glove.bin
s2v from-glove vocab.glove.txt cooccurrence.glove.bin --out glove/cooccurrence
python <<'END'
import numpy as np
import solve2vec
words = ["hub", "north", "east", "south", "west"]
links = [[0, 3, 2, 1, 1.5], [3, 0, 1, 0, 2.5], [2, 1, 0, 4, 0], [1, 0, 4, 0, 0.5], [1.5, 2.5, 0, 0.5, 0]]
solve2vec.Cooccurrence.from_matrix(links, words).save("graph/cooccurrence")
solve2vec.Target.from_array(np.arange(25.0).reshape(5, 5) % 7, words).save("matrix/target")
solve2vec.Embedding.from_vectors(
    ["a", "b c", "d\te"], [[1, 2], [3.5, -1], [0, 1]], counts=[5, 3, 1]
).save("vectors/embedding")
solve2vec.Vocabulary.from_counts({"the": 7, "cat": 2, "Ελλάδα": 1}).save("words/vocabulary")
solve2vec.load("whole/embedding").head(20).first(3).save("cut/embedding")
solve2vec.load("whole/cooccurrence").head(20).save("cut/cooccurrence")
END
s2v target graph
s2v solve graph --dim 1
s2v embed graph
s2v solve matrix --dim 2 --no-tied
s2v embed matrix

# training: on text, on a corpus, on counts; and what theory predicts of it
small="--dim 4 --seed 1 --points 5"
s2v train $text --out sgns --epochs 3 --subsample 0.05 $small
s2v train whole --out cbow --model cbow --epochs 2 --subsample none --size 3 --follow whole $small
s2v train whole --out quadratic --model quadratic --reweighted --tied --epochs 2 --init-scale 0.1 --learning-rate 0.005 \
  --no-closed-gaps --no-skip-center --no-sampled-windows --subsample none --follow whole $small
s2v train whole --out population --population --model quadratic --reweighted --modes 4 --init-scale 1e-3 $small
s2v predict population --init-scale 1e-3 --dim 4 --seed 1 --at population
s2v train whole --out logistic --population --no-tied --integrator stabilized --duration 3 --modes 3 --head 30 \
  --init-scale 1e-2 $small
s2v train whole --out weighted --model weighted --ridge 0.1 --start random --sweeps 4 --head 30 --dim 4
s2v train whole --out warm --warm-start default --epochs 1 --dim 5 --points 3 --subsample none --learning-rate 0.01
python <<'END'
# trainings that were interrupted in their second epoch, as Ctrl-C or a stop of the machine leaves them
import itertools, os, signal
import solve2vec
signal.signal(signal.SIGINT, signal.default_int_handler)

def unfinished(trainer, corpus, run, call, **options):
    calls = itertools.count(1)
    def probe(W):
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGINT)
        return {}
    try:
        trainer.train(corpus, checkpoint=f"{run}/checkpoint", probe=probe, points=5, seed=1, dim=4, **options)
    except KeyboardInterrupt as stopped:
        print(stopped)
    else:
        raise SystemExit(f"{run} was not interrupted")

text = solve2vec.encode(solve2vec.read(["text.txt"]), selection=solve2vec.Selection(min_count=3))
text.save("unfinished-sgns/corpus")
unfinished(solve2vec.sgns, text, "unfinished-sgns", 4, epochs=3, subsample=0.05)
corpus, followed = solve2vec.load("whole/corpus"), solve2vec.load("whole/spectrum")
unfinished(solve2vec.cbow, corpus, "unfinished-cbow", 4, epochs=3, subsample=None)
unfinished(
    solve2vec.quadratic, corpus, "unfinished-quadratic", 4, epochs=3, tied=True, reweighted=True, init_scale=0.1,
    learning_rate=0.005, subsample=None, spectrum=followed,
    counts=solve2vec.count(corpus, solve2vec.Window(5, "linear")),
)
END

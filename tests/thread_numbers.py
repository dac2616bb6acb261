"""Compute what leans on products of matrices, and print a checksum of each: for processes with other thread limits."""

import hashlib
import json

import numpy as np

import solve2vec
from solve2vec.cooccurrence.cooccurrence import count
from solve2vec.cooccurrence.window import Window
from solve2vec.corpus.corpus import VocabularyOptions, encode
from solve2vec.diagnosis import diagnose
from solve2vec.dynamics import Start, embedding_at, predict
from solve2vec.training.full_batch.population import PopulationOptions, train
from solve2vec.training.full_batch.weighted import WeightedOptions, factorize


def checksum(*values):
    return hashlib.sha256(b"".join(np.ascontiguousarray(value).tobytes() for value in values)).hexdigest()[:16]


def numbers():
    """By name, a checksum of each kind of result; of 400 words, for which BLAS takes all its threads."""
    world = solve2vec.planted_corpus(plain=60, families=40, countries=40, verbs=40, zipf=0.7)
    corpus = encode(world.documents(1500, length=25, seed=1), selection=VocabularyOptions(min_count=2))
    counts = count(corpus, Window(5))
    target = solve2vec.build_target(counts)
    made = {}
    for tied in (True, False):
        spectrum = solve2vec.solve(target, 40, tied=tied)
        start = Start(1e-3, 30, tied=tied, seed=3)
        for method in ("aligned", "exact"):
            for given in (None, target):
                seen = predict(spectrum, start, method=method, times=[1.0, 2.0, 5.0], target=given)
                facts = json.dumps(seen.lineage.values_of("predict")).encode()
                parts = (
                    seen.strengths,
                    seen.loss,
                    seen.singular_values,
                    seen.product_values,
                    np.frombuffer(facts, np.uint8),
                )
                made[f"predict {tied} {method} {given is None}"] = checksum(*parts)
                then = embedding_at(spectrum, start, 3.0, method=method, target=given)
                made[f"embedding_at {tied} {method} {given is None}"] = checksum(then.vectors)
        made[f"embed {tied}"] = checksum(spectrum.eigenvalues, spectrum.eigenvectors)
        how = PopulationOptions(dim=12, tied=tied, init_scale=1e-2, modes=10, seed=1)
        trained = train(counts, how, times=[0.0, 0.01])
        made[f"train {tied}"] = checksum(
            trained.embedding.vectors, trained.trajectory.strengths, trained.trajectory.loss
        )
    embedding = solve2vec.embed(solve2vec.solve(target, 30))
    made["fold_in"] = checksum(embedding.fold_in(np.asarray(counts.counts[[5]].toarray()[0], float)))
    made["factorize"] = checksum(factorize(counts, WeightedOptions(dim=8, sweeps=3)).embedding.vectors)
    for finding in diagnose(corpus, {"vector_size": 40, "negative": 5}).findings:
        made[f"diagnose {finding.check}"] = json.dumps(finding.as_json())
    return made


if __name__ == "__main__":
    print(json.dumps(numbers()))

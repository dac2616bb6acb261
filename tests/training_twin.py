"""Stochastic training in plain Python and NumPy: one token, one pair after another, in float64; made from the formulas.

Of the kernels it uses the alias table alone, which has a test of its own.
"""

from itertools import pairwise

import numpy as np

from solve2vec.kernels.sampling import alias_table
from solve2vec.training.sampled.workers import key_of

BITS = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def mixed(x):
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & BITS
    x = (x ^ x >> 27) * 0x94D049BB133111EB & BITS
    return x ^ x >> 31


def draw(key, position, number):
    return mixed(mixed(key + position * GOLDEN & BITS) + (number + 1) * GOLDEN & BITS)


def kept(task, epoch):
    """(position, word, place, document) of each token that stays; windows are differences of places."""
    key, found, place = key_of(task.settings.seed, epoch), [], 0
    starts, V = task.corpus.document_starts, len(task.keep)
    for document, (start, end) in enumerate(pairwise(starts)):
        for position in range(start, end):
            word = task.corpus.tokens[position]
            stays = word < V and (draw(key, position, 0) >> 11) * 2.0**-53 < task.keep[word]
            if stays:
                found.append((position, word, place, document))
            place += stays or not task.settings.closed_gaps
    return found


def items(task, epoch):
    """(η, center, its outputs, its contexts, their weights) of every center, in order."""
    settings, (ω, denominator) = task.settings, task.weights
    key, (limits, alias), text = key_of(settings.seed, epoch), alias_table(task.noise), kept(task, epoch)
    N = len(task.corpus)
    for at, (position, center, place, document) in enumerate(text):
        done = (epoch * N + position) / (settings.epochs * N)
        η = settings.learning_rate + (settings.final_learning_rate - settings.learning_rate) * done
        mark = (draw(key, position, 1) >> 32) * denominator >> 32
        outputs = [center]
        for k in range(settings.negatives):
            bits = draw(key, position, 2 + k)
            column = (bits >> 32) * len(limits) >> 32
            word = column if bits & 0xFFFFFFFF < limits[column] else alias[column]
            outputs += [word] * (not (settings.skip_center and word == center))
        contexts, weights = [], []
        for other, (_, word, there, its_document) in enumerate(text):
            j = abs(there - place)
            if other == at or its_document != document or j > len(ω):
                continue
            if settings.sampled_windows and mark >= ω[j - 1]:
                continue
            contexts.append(word)
            weights.append(1.0 if settings.sampled_windows else ω[j - 1] / denominator)
        yield η, center, np.array(outputs), np.array(contexts, int), np.array(weights)


def slope(loss, s, x):
    """-∂/∂x of log(1 + e^-sx), or of log 2 - sx/2 + x²/8."""
    return s / (1 + np.exp(s * x)) if loss == "logistic" else s / 2 - x / 4


def value(loss, s, x):
    return np.logaddexp(0, -s * x) if loss == "logistic" else np.log(2) - s * x / 2 + x * x / 8


def pair_weights(task, contexts, outputs):
    """w_ij where pairs are reweighted, from the dense P."""
    k, C = task.settings.negatives, task.counts.counts.toarray() * np.outer(task.keep, task.keep)
    P = C / C.sum()
    q = task.counts.counts.toarray().sum(axis=1) ** task.settings.context_smoothing  # before they are thinned
    w = (1 + k) / (len(P) ** 2 * (P + k * np.outer(P.sum(axis=1), q / q.sum())))
    return w[np.ix_(contexts, outputs)]


def train(task, W, U, batch):
    """W and U (V, d) after all epochs, and each epoch's mean loss; U is W where tied."""
    W = W.astype(np.float64)
    U = W if U is None else U.astype(np.float64)
    loss, losses = "quadratic" if task.model == "quadratic" else "logistic", []
    for epoch in range(task.settings.epochs):
        centers, total, pairs = list(items(task, epoch)), 0.0, 0.0
        for begin in range(0, len(centers), batch):
            found = []
            for η, _, outputs, contexts, weights in centers[begin : begin + batch]:
                if not len(contexts):
                    continue
                s = np.r_[1.0, -np.ones(len(outputs) - 1)]
                if task.model == "cbow":
                    x, weights = W[contexts].mean(axis=0)[None] @ U[outputs].T, np.ones(1)
                else:
                    x = W[contexts] @ U[outputs].T
                w = weights[:, None] * (pair_weights(task, contexts, outputs) if task.counts is not None else 1.0)
                total, pairs = total + (w * value(loss, s, x)).sum(), pairs + weights.sum()
                found.append((η * w * slope(loss, s, x), outputs, contexts))
            for g, outputs, contexts in found:
                if task.model == "cbow":  # one output after another; every context moves by the whole sum
                    h, moves = W[contexts].mean(axis=0), np.zeros(W.shape[1])
                    for weight, output in zip(g[0], outputs, strict=True):
                        moves += weight * U[output]
                        U[output] += weight * h
                    np.add.at(W, contexts, moves)
                    continue
                of_contexts, of_outputs = W[contexts], U[outputs]  # copies: both as they were before this center
                np.add.at(W, contexts, g @ of_outputs)
                np.add.at(U, outputs, g.T @ of_contexts)
        losses.append(total / pairs)
    return W, U, losses

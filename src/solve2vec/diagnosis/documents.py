"""What a document is: one line for everything, one token for each, letters for words, limits, and windows too wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .finding import Finding
from .picture import Bars
from .registry import check
from .settings import DiagnosisOptions

if TYPE_CHECKING:
    from ..corpus.corpus import Corpus
    from ..spectrum.spectrum import Spectrum
    from .repetition import Repetition

MOST_OF_IT = 0.5
LONG = 10_000  # tokens that gensim reads of a text
LETTERS = 300  # distinct symbols: fewer than words of any text, fewer than signs of a script without letters
IN_MODE_1 = 0.3  # of the squared weights of the strongest mode
PARTLY_EMPTY = 0.15  # of the promised context, lost to the ends of documents: less is no matter …
HALF_EMPTY = 1 / 3  # … and more a warning


@check
def whole_corpus_on_one_line(corpus: Corpus) -> Finding:
    """One document holds more than half of all tokens, so windows run across what were articles."""
    lengths = np.diff(corpus.document_starts)
    share = float(lengths.max(initial=0)) / max(1, len(corpus))
    fires = share > MOST_OF_IT and len(corpus) > LONG
    numbers = {"documents": corpus.n_documents, "longest": int(lengths.max(initial=0)), "share_of_longest": share}
    return Finding(
        check="whole_corpus_on_one_line",
        severity="warning" if fires else "fine",
        claim="One line holds most of the corpus: windows run across the ends of its articles."
        if fires
        else f"The corpus comes as {corpus.n_documents:,} documents.",
        evidence=f"The longest document has {numbers['longest']:,} of {len(corpus):,} tokens, {share:.0%}.",
        advice="Give the text as documents: a line, a paragraph or a file each. Documents are also what can be drawn "
        "again, so without them there are no intervals and no split halves.",
        options="--document blank-line",
        source="gensim issue 2880: text8, one line, is cut at 10,000 tokens",
        numbers=numbers,
    )


@check
def one_token_per_line(corpus: Corpus) -> Finding:
    """Documents of one token have no context at all."""
    lengths = np.diff(corpus.document_starts)
    lengths = lengths[lengths > 0]
    alone = float(np.mean(lengths == 1)) if len(lengths) else 0.0
    fires = alone > MOST_OF_IT
    mean = float(lengths.mean()) if len(lengths) else 0.0
    return Finding(
        check="one_token_per_line",
        severity="warning" if fires else "fine",
        claim="Most documents are a single token, and a single token has no context."
        if fires
        else f"Documents have {mean:.0f} tokens on average.",
        evidence=f"{alone:.0%} of {len(lengths):,} documents have one token.",
        advice="Join the lines: a document is what belongs together, such as a sentence or a paragraph.",
        options="--document blank-line",
        source="CoNLL-like files have one token a line and blank lines between sentences",
        numbers={"share_of_single_tokens": alone, "mean_length": mean, "documents": len(lengths)},
    )


@check
def characters_instead_of_words(corpus: Corpus) -> Finding:
    """A list of strings where lists of words were meant: every letter becomes a token."""
    vocabulary = corpus.vocabulary
    is_letter = np.array([len(word) == 1 for word in vocabulary.words], dtype=bool)
    share = float(vocabulary.counts[is_letter].sum()) / max(1, int(vocabulary.counts.sum()))
    fires = share > 0.9 and is_letter.sum() < LETTERS
    example = " ".join(vocabulary.words[:8])
    return Finding(
        check="characters_instead_of_words",
        severity="warning" if fires else "fine",
        claim="The tokens are single characters: a string was given where a list of words was meant."
        if fires
        else "Tokens are words, not characters.",
        evidence=f"{share:.0%} of tokens are single characters; the most frequent tokens are: {example}.",
        advice="Give each document as a list of words, not as a string: text.split(), or the path of the file. Where "
        "symbols are meant (bases, amino acids), join a few to one token.",
        options="--token-pattern letters",
        gensim="sentences=[text.split() for text in texts]",
        source="common in public issue threads; docs/diagnosis.md; gensim's own warning of the same",
        numbers={"share_of_single_characters": share, "characters": int(is_letter.sum())},
    )


@check
def cut_at_ten_thousand_tokens(corpus: Corpus, settings: DiagnosisOptions) -> Finding:
    """gensim reads the first 10,000 tokens of a text and drops the rest, without a word."""
    lengths = np.diff(corpus.document_starts)
    lost = int(np.maximum(lengths - LONG, 0).sum())
    share, documents = lost / max(1, len(corpus)), int((lengths > LONG).sum())
    hits = settings.tool == "gensim"
    claim = f"gensim would drop {share:.1%} of the tokens: it reads 10,000 of a text." if lost else ""
    return Finding(
        check="cut_at_ten_thousand_tokens",
        severity="fine" if not lost else "warning" if hits and share > 0.01 else "worth knowing",
        claim=claim or "No document is longer than the 10,000 tokens that gensim reads of one.",
        evidence=f"{documents:,} of {corpus.n_documents:,} documents are longer than 10,000 tokens; "
        f"beyond that lie {lost:,} of {len(corpus):,} tokens. Nothing is cut here."
        if lost
        else f"The longest has {int(lengths.max(initial=0)):,} tokens.",
        advice="With gensim, cut long texts into pieces of at most 10,000 tokens yourself.",
        gensim="sentences = (text[i : i + 10_000] for text in texts for i in range(0, len(text), 10_000))",
        source="gensim's word2vec_inner.pyx, MAX_SENTENCE_LEN = 10000; gensim issue 2880",
        numbers={"long_documents": documents, "tokens_lost": lost, "share_lost": share},
    )


@check
def window_wider_than_documents(corpus: Corpus, settings: DiagnosisOptions) -> Finding:
    """Documents shorter than the window see less context than it promises."""
    lengths = np.diff(corpus.document_starts)
    lengths = lengths[lengths > 0]
    window = settings.window
    if window.is_document or not len(lengths):
        return Finding(
            check="window_wider_than_documents",
            severity="fine",
            claim="The window is the whole document, whatever its length.",
            numbers={"window": "document", "documents": len(lengths)},
        )
    L = int(window.size)
    short, lost = float(np.mean(lengths <= L)), _lost(lengths, window.numerators)
    fires = short > MOST_OF_IT and lost > PARTLY_EMPTY
    baskets = bool(fires and np.quantile(lengths, 0.9) <= L)
    return Finding(
        check="window_wider_than_documents",
        severity=("warning" if lost > HALF_EMPTY else "worth knowing") if fires else "fine",
        claim=f"The window of {L} tokens is wider than most documents."
        if fires
        else f"Documents hold {1 - lost:.0%} of the context that the window of {L} tokens promises.",
        evidence=f"{short:.0%} of {len(lengths):,} documents have at most {L} tokens, median {np.median(lengths):.0f}; "
        f"{lost:.0%} of the context that the window promises lies beyond the end of a document.",
        advice=(
            "If the order inside a document means nothing (baskets, playlists), make the whole document the window."
            if baskets
            else "Join lines to longer documents, or use a smaller window."
        ),
        options="--size document" if baskets else f"--size {max(1, int(np.median(lengths)) // 2)}",
        gensim="window=10_000, shrink_windows=False" if baskets else "",
        source="common in public issue threads; docs/diagnosis.md",
        numbers={"window": L, "share_of_short": short, "median": float(np.median(lengths)), "share_lost": lost},
        picture=_lengths(lengths, L),
    )  # fmt: skip


def _lost(lengths: np.ndarray, weights: np.ndarray) -> float:
    """1 - Σ_docs Σ_j ω_j max(0, n - j) / (N Σ_j ω_j): the weight of contexts beyond a document's ends."""
    sizes, times = np.unique(lengths, return_counts=True)
    j = np.arange(1, len(weights) + 1)
    kept = sum(
        int(many) * float((weights * np.maximum(0, size - j)).sum())
        for size, many in zip(sizes.tolist(), times.tolist(), strict=True)
    )
    return 1 - kept / (float(lengths.sum()) * float(weights.sum()))


def _lengths(lengths: np.ndarray, L: int) -> Bars:
    edges = np.unique(np.array([1, max(2, L // 4), max(3, L // 2), L + 1, 2 * L + 1, 4 * L + 1, 1 << 62]))
    shares = np.histogram(lengths, edges)[0] / len(lengths)
    names = [
        f"{first:,} … {last - 1:,} tokens" if last < 1 << 62 else f"{first:,} tokens or more"
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    texts = [f"{share:.0%}" for share in shares]
    return Bars(names, shares.tolist(), texts, f"Documents by length; the window has {L} tokens")


@check
def repeated_text(repetition: Repetition) -> Finding:
    """Copies and boilerplate: what is said often counts often, and becomes a mode of its own."""
    most = max(repetition.repeated, repetition.copies)
    fires = repetition.repeated > 0.1 or repetition.copies > 0.05
    worst = [f"“{phrase}” ({times:,} times)" for phrase, times in repetition.examples]
    return Finding(
        check="repeated_text",
        severity="warning" if most > 0.3 else "worth knowing" if fires else "fine",
        claim=f"{most:.0%} of the text is there more than once: it counts as often as it is said."
        if fires
        else "Little of the text is repeated.",
        evidence=f"{repetition.copies:.1%} of the tokens are in documents that are word for word an earlier one, and "
        f"{repetition.repeated:.1%} of all runs of {repetition.length} words occur in an earlier place"
        + (f" (looked for in 1 of {repetition.sampled_one_in} runs)." if repetition.sampled_one_in > 1 else ".")
        + (f" Most often: {'; '.join(worst)}." if worst else ""),
        advice="Leave copies and boilerplate (headers, licenses, templates) out before counting.",
        source="common in public issue threads; docs/diagnosis.md; Lee et al., Deduplicating Training Data, ACL 2022",
        numbers={
            "copied_tokens": repetition.copies,
            "repeated_runs": repetition.repeated,
            "run_length": repetition.length,
            "examples": repetition.examples,
        },
    )


@check
def boilerplate_in_mode_1(repetition: Repetition, spectrum: Spectrum) -> Finding:
    """Text that is said again and again makes the strongest mode: its words against all others."""
    share = np.zeros(len(spectrum.vocabulary))
    n = min(len(share), len(repetition.of_words))
    share[:n] = repetition.of_words[:n]
    v = np.asarray(spectrum.eigenvectors[:, 0], np.float64)
    inside = float((v * v) @ share)
    fires = inside > IN_MODE_1
    words = " ".join(spectrum.mode_words(0, 6)[0])
    return Finding(
        check="boilerplate_in_mode_1",
        severity="warning" if fires else "fine",
        claim=f"The strongest mode is repeated text: {inside:.0%} of its weight is on words from runs said before."
        if fires
        else "The strongest mode is not made of repeated text.",
        evidence=f"Of mode 1's squared weights (λ = {spectrum.eigenvalues[0]:.3g}; {words}), {inside:.1%} lie on "
        f"occurrences inside runs of {repetition.length} words that stand in another place as well.",
        advice="Leave copies and boilerplate out before counting; the mode goes with them.",
        source="common in public issue threads; docs/diagnosis.md",
        numbers={"share_of_mode_1": inside, "eigenvalue": float(spectrum.eigenvalues[0])},
    )

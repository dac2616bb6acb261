"""The door: names the commands, imports none of them, turns errors into one sentence and an exit code."""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import sys
import warnings
from contextlib import suppress
from typing import Any, NoReturn

from cyclopts import App, CycloptsError, Group

from ..core.errors import InputError, NotConverged, did_you_mean
from ..core.printing import printable
from ..version import __version__
from .arguments import parser_sentence, put_dashes_back, refuse_fractions, shielded, unknown_option
from .help import Help
from .names import Known, advice, as_typed, in_our_options

SOLVE, LEARN, ASK, FILES = map(Group.create_ordered, ("From text to vectors", "Learn", "Ask", "Files"))
COMMANDS = {
    "fit": (SOLVE, "stages:fit", "From text to vectors in one command."),
    "fit-graph": (SOLVE, "graphs:fit_graph", "From the edges of a graph to a vector for each node."),
    "encode": (SOLVE, "stages:encode", "Text to token ids."),
    "count": (SOLVE, "stages:count", "Token ids to co-occurrence counts."),
    "update": (SOLVE, "updating:update", "A run with texts added and removed, fitted again by its own options."),
    "merge": (SOLVE, "stages:merge", "Add counts of disjoint texts, exactly."),
    "subtract": (SOLVE, "stages:subtract", "Take the counts of some text away again, exactly."),
    "target": (SOLVE, "stages:target", "Counts to the matrix that word2vec factorizes."),
    "solve": (SOLVE, "stages:solve", "The matrix to its leading modes."),
    "embed": (SOLVE, "stages:embed", "Modes to a vector for each word."),
    "train": (LEARN, "training:train", "Learn vectors by gradient descent, as word2vec does."),
    "predict": (LEARN, "learning:predict", "What training will learn, in which order and when."),
    "compare": (LEARN, "learning:compare", "A prediction and a run, side by side."),
    "modes": (ASK, "reading:modes", "What each mode means: the words at its ends."),
    "neighbors": (ASK, "reading:neighbors", "The nearest words."),
    "analogy": (ASK, "reading:analogy", "A is to B as C is to …?"),
    "evaluate": (ASK, "scoring:evaluate", "Scores on analogies and similarities; two models compared."),
    "relations": (ASK, "concepts:relations", "What the pairs of each analogy have in common, mode after mode."),
    "geometry": (ASK, "concepts:geometry", "Whether a list of words is a ring, a line or a tree."),
    "recommend": (ASK, "recommending:recommend", "Items that complete a basket, and how well that works."),
    "why": (ASK, "evidence:why", "Why two words are near: shared contexts, lines and documents."),
    "change": (ASK, "changing:change", "Words that moved from one text to another, by more than chance."),
    "concordance": (ASK, "evidence:concordance", "The lines of the text in which a word stands."),
    "collocations": (ASK, "evidence:collocations", "Words that stand together more often than chance has it."),
    "embed-documents": (ASK, "documents:embed_documents", "A vector for each document."),
    "explore": (ASK, "exploring:explore", "A page to look around in: modes, neighbors and why, a map, learning."),
    "diagnose": (ASK, "diagnosing:diagnose", "What goes wrong, looked for in this very corpus, with advice."),
    "show": (FILES, "showing:show", "What a folder or file is, and how it was made."),
    "convert": (FILES, "files:convert", "Vectors from one format to another."),
    "from-glove": (FILES, "files:from_glove", "GloVe's counts as a stage, to be solved without counting again."),
    "to-glove": (FILES, "files:to_glove", "Counts as the files that GloVe reads."),
    "demo": (FILES, "demo:demo", "The whole way on text that every Python has, and on a planted corpus."),
}


app = App(
    name="solve2vec",
    help="Word embeddings in closed form: solve for what word2vec learns.",
    version=f"solve2vec {__version__}",
    help_format="markdown",
    help_formatter=Help(),
    config=(put_dashes_back, refuse_fractions),
    suppress_keyboard_interrupt=False,  # we say what was left behind: nothing
)
for order, (name, (group, place, text)) in enumerate(COMMANDS.items()):
    app.command(f"solve2vec.cli.{place}", name=name, help=text, group=group, sort_key=order)


def main() -> NoReturn:
    """Run the command line; exits 0 when done, 2 when something given cannot be honoured, 130 when interrupted."""
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:  # ignored, it stays so
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that drafts are removed
    _open_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a word the terminal's encoding lacks is no reason to fail
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone, as with | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except SystemExit as leaving:
        if leaving.code != 1:
            raise
        code = 0  # rich, which prints the help, leaves with 1 when the reader has gone; nothing else does
    with suppress(OSError, AttributeError):  # closed, or its reader has gone
        sys.stderr.flush()
    if (kernels := sys.modules.get("solve2vec.kernels")) is not None:
        kernels.forget()
    os._exit(code)  # taking the interpreter apart object by object takes a third of a second after a fit


def _open_streams() -> None:
    """Put the null device where a standard stream is closed: a file opened later would take its place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            while os.open(os.devnull, os.O_RDWR) < number:  # the lowest that is free
                pass
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def run(arguments: list[str]) -> int:
    """The exit code of one command; errors are told on stderr."""
    if arguments and arguments[0] not in COMMANDS and not (arguments[0].startswith("-") and len(arguments[0]) > 1):
        return _refuse(_unknown(arguments[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("default", NotConverged)
        warnings.showwarning = _show_warning
        try:
            ours = in_our_options(Known(app), arguments) if arguments and arguments[0] in COMMANDS else arguments
            app(shielded(ours), exit_on_error=False, print_error=False, result_action="return_value")
        except (InputError, CycloptsError) as error:
            return _refuse(_sentence(error, arguments))
        except BrokenPipeError:
            raise
        except OSError as error:
            return _refuse(_os_sentence(error))
        except MemoryError as error:
            why = str(error) or "the system refused it"
            return _refuse(f"not enough memory ({why}): give --memory a limit, or fewer words")
        except KeyboardInterrupt as interruption:
            return _refuse(str(interruption) or "interrupted; nothing half-written was left", code=130)
    return 0


def _refuse(sentence: str, code: int = 2) -> int:
    print(f"solve2vec: {printable(' '.join(sentence.split()))}", file=sys.stderr)
    return code


def _unknown(command: str) -> str:
    return f"there is no command {command!r}; {did_you_mean(command, COMMANDS, 'commands')}"


def _sentence(error: Exception, arguments: list[str]) -> str:
    """The error as one line; a value refused by a dataclass says so itself, without the parser's frame."""
    cause = error.__cause__
    if isinstance(error, CycloptsError) and not isinstance(cause, InputError):
        option = unknown_option(error)
        said = advice(Known(app), arguments[0], option) if option else None
        said = said or parser_sentence(error, arguments)
    else:
        said = str(cause if isinstance(error, CycloptsError) else error)
    return as_typed(said, arguments)


def _os_sentence(error: OSError) -> str:
    what = error.strerror or str(error)
    if error.filename is not None:
        what += f": {_without_draft(os.fsdecode(error.filename))}"
    short = error.errno is None and "requested and" in what  # what NumPy says when the disk is full
    if short:
        what = f"{os.strerror(errno.ENOSPC)} ({what})"
    if short or error.errno in (errno.ENOSPC, errno.EDQUOT):
        return what + "; free some space, or choose a folder on another disk"
    if error.errno in (errno.EPERM, errno.EACCES, errno.EROFS):
        return what + "; choose a place that you may read or write"
    if error.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
        return what + "; a file stands where a folder is needed, or the other way round: choose another path"
    return what + "; choose another path"


def _without_draft(path: str) -> str:
    """The path that was asked for, where the error names our unfinished work beside it."""
    path = re.sub(r"[.][^/\\]*[.]draft-[0-9a-f]{8}[/\\]new[/\\]", "", path)
    return re.sub(r"[.]([^/\\]*)[.]draft-[0-9a-f]{8}([/\\].*)?$", r"\1", path)


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    print(f"solve2vec: warning: {printable(message)}", file=sys.stderr)

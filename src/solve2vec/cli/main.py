"""The door: names the commands, imports none of them, turns errors into one sentence and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from typing import Any, NoReturn

from cyclopts import App, CycloptsError, Group

from ..errors import InputError, NotConverged
from ..version import __version__

SOLVE, ASK, FILES = Group.create_ordered("From text to vectors"), Group.create_ordered("Ask"), Group.create_ordered("Files")
COMMANDS = {
    "fit": (SOLVE, "stages:fit", "From text to vectors in one command."),
    "encode": (SOLVE, "stages:encode", "Text to token ids."),
    "count": (SOLVE, "stages:count", "Token ids to co-occurrence counts."),
    "merge": (SOLVE, "stages:merge", "Add counts of disjoint texts, exactly."),
    "subtract": (SOLVE, "stages:subtract", "Take the counts of some text away again, exactly."),
    "target": (SOLVE, "stages:target", "Counts to the matrix that word2vec factorizes."),
    "solve": (SOLVE, "stages:solve", "The matrix to its leading modes."),
    "embed": (SOLVE, "stages:embed", "Modes to a vector for each word."),
    "modes": (ASK, "reading:modes", "What each mode means: the words at its ends."),
    "neighbors": (ASK, "reading:neighbors", "The nearest words."),
    "analogy": (ASK, "reading:analogy", "A is to B as C is to …?"),
    "evaluate": (ASK, "scoring:evaluate", "Scores on analogies and similarities; two models compared."),
    "show": (FILES, "reading:show", "What a folder or file is, and how it was made."),
    "convert": (FILES, "files:convert", "Vectors from one format to another."),
    "demo": (FILES, "demo:demo", "The whole way on text that every Python has, and on a planted corpus."),
}

app = App(
    name="solve2vec",
    help="Word embeddings in closed form: solve for what word2vec learns.",
    version=f"solve2vec {__version__}",
    help_format="markdown",
)
for order, (name, (group, place, text)) in enumerate(COMMANDS.items()):
    app.command(f"solve2vec.cli.{place}", name=name, help=text, group=group, sort_key=order)


def main() -> NoReturn:
    """Run the command line; exits 0 when done, 2 when something given cannot be honoured, 130 when interrupted."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that drafts are removed
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone, as with | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of one command; errors are told on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", NotConverged)
        warnings.showwarning = _show_warning
        try:
            app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        except (InputError, CycloptsError) as error:
            return _refuse(_sentence(error))
        except BrokenPipeError:
            raise
        except OSError as error:
            return _refuse(_os_sentence(error))
        except MemoryError as error:
            return _refuse(f"not enough memory ({str(error) or 'the system refused it'}): give --memory a limit, or fewer words")
        except KeyboardInterrupt:
            return _refuse("interrupted; nothing half-written was left", code=130)
    return 0


def _refuse(sentence: str, code: int = 2) -> int:
    print(f"solve2vec: {sentence}", file=sys.stderr)
    return code


def _sentence(error: Exception) -> str:
    """The error as one line; a value refused by a dataclass says so itself, without the parser's frame."""
    cause = error.__cause__
    if isinstance(error, CycloptsError) and isinstance(cause, InputError):
        error = cause
    return " ".join(str(error).split())


def _os_sentence(error: OSError) -> str:
    what = error.strerror or str(error)
    if error.filename is not None:
        what = f"{what}: {error.filename}"
    if error.errno == 28:  # ENOSPC
        what += "; free some space, or choose a folder on another disk"
    elif error.errno in (1, 13, 30):  # EPERM, EACCES, EROFS
        what += "; choose a place that you may write to"
    return what


def _show_warning(message: Any, *_: Any, **__: Any) -> None:
    print(f"solve2vec: warning: {message}", file=sys.stderr)

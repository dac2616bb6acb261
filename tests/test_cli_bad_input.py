"""What cannot be honoured: exit code 2, one line on stderr that names it and a way out, and nothing left behind."""

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from solve2vec.cli.main import COMMANDS, app, run
from solve2vec.datasets.synthetic import planted_corpus


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with good and bad texts, a good run, and damaged ones."""
    folder = tmp_path_factory.mktemp("made")
    documents = planted_corpus(plain=3, families=2, countries=2, verbs=2).documents(120, length=20, seed=1)
    (folder / "good.txt").write_text("".join(" ".join(document) + "\n" for document in documents))
    (folder / "empty.txt").write_bytes(b"")
    (folder / "blank.txt").write_bytes(b" \n\t\n \n")
    (folder / "binary.dat").write_bytes(np.random.default_rng(0).bytes(5000))
    (folder / "program").write_bytes(b"\x7fELF" + bytes(range(1, 200)))
    (folder / "latin.txt").write_bytes("à la carte, s'il vous plaît\n".encode("latin-1") * 20)
    (folder / "endless.txt").write_bytes(b"x" * (9 << 20))
    (folder / "torn.txt.gz").write_bytes(b"\x1f\x8b\x08\0 not gzip at all")
    (folder / "vectors.txt").write_text("2 2\na 1 2\nb 3 4\n")
    (folder / "model").write_bytes(b"\x80\x02cgensim.models.word2vec\nWord2Vec\n")
    (folder / "foreign").mkdir()
    (folder / "foreign" / "thesis.tex").write_text("years of work")
    code = run(["fit", str(folder / "good.txt"), "--out", str(folder / "run"), "--dim", "4", "--min-count", "1"])
    assert code == 0
    for name, damage in {
        "flipped": _flip,
        "short": _shorten,
        "newer": _age,
        "edited": _edit,
        "emptied": _unlink,
    }.items():
        assert run(["embed", str(folder / "run"), "--out", str(folder / name)]) == 0
        damage(folder / name)
    return folder


def _flip(stage):
    data = bytearray((stage / "vectors.npy").read_bytes())
    data[-3] ^= 1
    (stage / "vectors.npy").write_bytes(data)


def _shorten(stage):
    (stage / "vectors.npy").write_bytes((stage / "vectors.npy").read_bytes()[:-8])


def _age(stage):
    header = json.loads((stage / "stage.json").read_text())
    (stage / "stage.json").write_text(json.dumps(header | {"format": 999}))


def _edit(stage):
    (stage / "stage.json").write_text((stage / "stage.json").read_text().replace("embed", "imbed"))


def _unlink(stage):
    (stage / "vectors.npy").unlink()


def listing(folder):
    """Every path below, hidden ones included, with size and time of change of files."""
    found = {}
    for place, folders, files in os.walk(folder):
        found |= {os.path.join(place, name): None for name in folders}
        for name in files:
            status = os.lstat(os.path.join(place, name))
            found[os.path.join(place, name)] = (status.st_size, status.st_mtime_ns)
    return found


@pytest.fixture
def refused(made, capsys, tmp_path):
    """Run what must be refused: {x} is the folder of made things, {out} a fresh one → the sentence."""

    def ask(line):
        before = listing(made)
        capsys.readouterr()
        arguments = [word.format(x=made, out=tmp_path) for word in line.split()]
        code = run(arguments)
        out, err = capsys.readouterr()
        _check_refusal(code, out, err)
        assert listing(made) == before, "nothing there was touched"
        assert not list(tmp_path.iterdir()), "nothing half-written is left"
        return err.removeprefix("solve2vec: ").strip()

    return ask


def _check_refusal(code, out, err):
    assert code == 2, err
    assert out == ""
    assert err.startswith("solve2vec: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1, f"one line, not {err!r}"
    assert "Traceback" not in err
    assert len(err) > 30, "a word is no explanation"


FIT = "fit {x}/good.txt --out {out}/run --min-count 1 "


@pytest.mark.parametrize(
    ("line", "said"),
    [
        # text
        ("fit {x}/empty.txt --out {out}/run", ["empty.txt", "no token"]),
        ("fit {x}/blank.txt --out {out}/run", ["blank.txt", "no token"]),
        ("fit {x}/binary.dat --out {out}/run", ["binary.dat", "not"]),
        ("fit {x}/program --out {out}/run", ["a program"]),
        ("fit {x}/latin.txt --out {out}/run", ["latin.txt", "byte 0xe0", "encoding"]),
        ("fit {x}/endless.txt --out {out}/run", ["endless.txt", "no white space", "is it text?"]),
        ("fit {x}/torn.txt.gz --out {out}/run", ["torn.txt.gz", "damaged"]),
        ("fit {x}/absent.txt --out {out}/run", ["absent.txt does not exist"]),
        ("fit {x}/good.txt {x}/absent.txt --out {out}/run", ["absent.txt does not exist"]),
        ("encode {x}/empty.txt --out {out}/corpus", ["empty.txt", "no token"]),
        ("encode {x}/empty.txt --out {out}/new/corpus", ["empty.txt", "no token"]),
        ("encode {x}/good.txt --out {out}/c --vocabulary {x}/absent", ["absent does not exist"]),
        # numbers that do not fit the text
        ("fit {x}/good.txt --out {out}/run --min-count 100000", ["no word is seen 100000 times", "lower min_count"]),
        (FIT + "--dim 50", ["asked for 50 modes", "positive eigenvalues", "use dim="]),
        (FIT + "--dim 6000", ["asked for 6000 modes", "use dim="]),
        # impossible options
        (FIT + "--size 0", ["size", "got 0"]),
        (FIT + "--size wide", ["size", "wide", "fit --help"]),
        (FIT + "--size 20000", ["20000", "document"]),
        (FIT + "--weighting cubic", ["cubic", "harmonic", "linear", "flat"]),
        (FIT + "--tolerance 2", ["tolerance", "got 2"]),
        (FIT + "--tolerance nan", ["tolerance", "got nan"]),
        (FIT + "--dim 0", ["dim must be at least 1, got 0"]),
        (FIT + "--dim -3", ["dim must be at least 1, got -3"]),
        (FIT + "--dim many", ["many", "--dim"]),
        (FIT + "--dim 2.5", ["--dim must be a whole number, got 2.5"]),
        (FIT + "--size .5", ["--size must be a whole number, got .5"]),
        (FIT + "--dim 1e3", ["--dim", "1e3"]),
        (FIT + "--power inf", ["power", "got inf"]),
        (FIT + "--threads 0", ["threads", "got 0"]),
        (FIT + "--memory lots", ["memory", "4GB", "lots"]),
        (FIT + "--memory 0", ["memory", "0"]),
        (FIT + "--memory 1MB --dim 2", ["needs at least", "MB, memory is 1.0 MB: raise it"]),
        (FIT + "--memory 1kB --dim 2", ["memory is 1.0 kB"]),
        ("modes {x}/vectors.txt", ["vectors.txt has no spectrum"]),
        ("show {x}/model", ["Word2Vec.load('", "').wv.save_word2vec_format("]),
        (FIT + "--shards 0", ["shards", "got 0"]),
        (FIT + "--context-smoothing 3", ["context_smoothing", "at most 1", "got 3"]),
        (FIT + "--negatives 0", ["negatives", "at least 1", "got 0"]),
        (FIT + "--kind glove", ["glove", "mstar", "ppmi"]),
        (FIT + "--kind pmi --negatives 5", ["shifted_pmi"]),
        (FIT + "--shrinkage -1", ["shrinkage", "got -1"]),
        (FIT + "--subsample 0", ["subsample", "got 0"]),
        (FIT + "--floor nan", ["floor", "got nan"]),
        ("fit {x}/good.txt --out {out}/run --min-count 0", ["min_count", "got 0"]),
        (FIT + "--max-vocab 0", ["max_vocab", "got 0"]),
        (FIT + "--max-products 0", ["max_products", "got 0"]),
        (FIT + "--document page", ["page", "line"]),
        (FIT + "--token-pattern [", ["'['", "regular expression"]),
        (FIT + "--encoding utf-99", ["utf-99", "try utf-8"]),
        (FIT + "--keep corpse", ["corpse", "cooccurrence"]),
        (FIT + "--context-smoothing 0.75 --no-symmetric --dim 3", ["not symmetric", "tied"]),
        (FIT + "--colum text", ["--colum", "--column"]),
        (FIT + "--threads", ["--threads needs a value"]),
        ("fit --out {out}/run", ["TEXTS", "fit --help"]),
        ("fit {x}/good.txt", ["--out", "fit --help"]),
        # places
        ("fit {x}/good.txt --out {x}/good.txt", ["good.txt is a file", "choose another"]),
        ("fit {x}/good.txt --out {x}/good.txt/run", ["good.txt", "choose another"]),
        ("encode {x}/good.txt --out {x}/good.txt/corpus", ["good.txt", "choose another"]),
        ("fit {x}/good.txt --out /proc/run", ["/proc/run", "choose"]),
        ("encode {x}/good.txt --out {x}/foreign", ["foreign holds other files", "choose another"]),
        ("target {x}/run --out {x}/run/corpus", ["holds a Corpus, not a Target", "choose another"]),
        # stages
        ("neighbors {x}/flipped the", ["vectors.npy", "checksum", "make it again"]),
        ("neighbors {x}/short the", ["vectors.npy", "bytes instead of", "make it again"]),
        ("neighbors {x}/edited the", ["stage.json", "checksum", "make it again"]),
        ("neighbors {x}/emptied the", ["vectors.npy is missing", "make it again"]),
        ("neighbors {x}/newer the", ["format 999", "upgrade"]),
        ("show {x}/newer", ["format 999", "upgrade"]),
        ("show {x}/flipped", ["checksum"]),
        ("neighbors {x}/foreign the", ["foreign"]),
        ("neighbors {x}/absent the", ["absent does not exist"]),
        ("neighbors {x}/good.txt the", ["good.txt", "not vectors", "use fit"]),
        ("count {x}/foreign", ["foreign"]),
        ("count {x}/run/embedding", ["holds an Embedding, not a Corpus", "or the folder of a run"]),
        ("target {x}/absent", ["absent does not exist"]),
        ("solve {x}/run", ["has no target", "it has corpus, embedding, spectrum", "solve2vec target makes one"]),
        ("embed {x}/run --out {out}/e --dim 5", ["asked for 5 dimensions", "use dim=4"]),
        ("embed {x}/run --out {out}/e --power nan", ["power", "nan"]),
        ("count {x}/run --out {out}/c --part 3/2", ["2/3", "'3/2'"]),
        ("count {x}/run --out {out}/c --part half", ["2/3", "'half'"]),
        ("count {x}/run --part 1/2", ["one part", "--out"]),
        ("merge {x}/run {x}/absent --out {out}/c", ["absent does not exist"]),
        ("merge {x}/run", ["--out"]),
        # questions
        ("neighbors {x}/run teh", ["'teh' is not among the", "the"]),
        ("neighbors {x}/run the -n 0", ["asked for 0 neighbors", "at least 1"]),
        ("neighbors {x}/run", ["WORDS"]),
        ("analogy {x}/run the the the --method div", ["div", "add", "mul"]),
        ("analogy {x}/run the the", ["analogy needs C"]),
        ("modes {x}/run -k 0", ["--modes", "at least 1, got 0"]),
        ("modes {x}/run -n -2", ["--words", "at least 1, got -2"]),
        # commands
        ("fitt {x}/good.txt", ["'fitt'", "did you mean 'fit'?"]),
        ("nonsense", ["'nonsense'", "neighbors", "convert"]),
        ("--nonsense", ["--nonsense", "--help"]),
    ],
)  # fmt: skip
def test_it_is_refused_in_one_sentence(line, said, refused):
    sentence = refused(line)
    for part in said:
        assert part in sentence


def test_no_whole_number_is_made_of_a_fraction(capsys):
    given = {command: app[command].assemble_argument_collection() for command in COMMANDS}
    options = [(command, option) for command in given for option in given[command] if option.parse]
    whole = [(command, option.name) for command, option in options if re.search(r"\bint\b", str(option.hint))]
    assert {("fit", "--dim"), ("train", "--size"), ("embed", "--dim"), ("modes", "--words")} <= set(whole)
    for (command, name), fraction in itertools.product(whole, ["1.5", "2.0"]):
        _check_refusal(run([command, name, fraction]), *(told := capsys.readouterr()))
        assert f"{name} must be a whole number, got {fraction}" in told.err


def test_a_seed_below_zero_is_refused_before_any_work(refused):
    assert "seed" in refused(FIT + "--seed -1 --dim 3")


@pytest.mark.skipif(os.name != "posix", reason="a subprocess as users start it")
def test_a_process_of_its_own_exits_with_2_and_no_traceback(made, tmp_path):
    command = [sys.executable, "-c", "from solve2vec.cli.main import main; main()"]
    told = subprocess.run(
        [*command, "fit", made / "latin.txt", "--out", tmp_path / "run"], capture_output=True, text=True
    )
    _check_refusal(told.returncode, told.stdout, told.stderr)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", place], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_told_and_left_as_it_was(made, small_disk, capsys):
    """The corpus fits, the counts do not; in the second command the header no longer fits."""
    capsys.readouterr()
    for command in (["fit", str(made / "good.txt"), "--dim", "4"], ["encode", str(made / "good.txt")]):
        (small_disk / "ballast").write_bytes(bytes(44 << 10))
        code = run([*command, "--min-count", "1", "--out", str(small_disk / "run")])
        out, err = capsys.readouterr()
        _check_refusal(code, out, err)
        assert "No space left" in err
        assert "free some space" in err
        assert [path.name for path in small_disk.iterdir()] == ["ballast"]


@pytest.fixture
def read_only(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid():
        place.chmod(0o500)
        yield place
        place.chmod(0o700)
        return
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", place], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"root may write everywhere, and nothing can be mounted: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("command", ["fit {x}/good.txt --dim 4", "encode {x}/good.txt", "target {x}/run"])
def test_a_place_that_may_not_be_written_is_told(command, made, read_only, capsys):
    capsys.readouterr()
    arguments = [word.format(x=made) for word in command.split()]
    code = run([*arguments, "--out", str(read_only / "run")])
    _check_refusal(code, *capsys.readouterr())
    assert not list(Path(read_only).iterdir())

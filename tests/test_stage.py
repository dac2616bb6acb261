"""Stages: immutable, fingerprinted, saved whole, and any damage to a saved one is noticed."""

import copy
import errno
import json
import os
import pickle
import shutil
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse

from solve2vec import Embedding, FolderError, Vocabulary, Window
from solve2vec.core import header, storage
from solve2vec.core import stage as stage_module
from solve2vec.core.stage import Lineage, Stage, Step


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Thing(Stage):
    array: np.ndarray
    matrix: sparse.csr_array
    vocabulary: Vocabulary
    maybe: np.ndarray | None = None
    window: Window | None = None
    number: float = 0.5
    comment: str = field(default="", metadata={"content": False})


def thing(**changes):
    rows = sparse.csr_array(np.array([[0, 2, 0], [1, 0, 3]]))
    vocabulary = Vocabulary.from_counts({"a": 3, "b\n": 1, "c": 1}).head(2)
    values = {"array": np.arange(6.0).reshape(2, 3), "matrix": rows, "vocabulary": vocabulary}
    return Thing(**values | {"lineage": Lineage().then("made", by=["hand"], n=np.int64(3))} | changes)


@pytest.fixture
def saved(tmp_path):
    return thing().save(tmp_path / "thing")


def test_every_kind_of_field_goes_there_and_back(tmp_path):
    made = thing(maybe=np.array([True, False]), window=Window(size=7), number=1 / 3, comment="x")
    back = Thing.load(made.save(tmp_path / "thing"))
    assert back.array.tolist() == made.array.tolist() and back.array.dtype == made.array.dtype
    assert (back.matrix != made.matrix).nnz == 0 and back.matrix.shape == (2, 3)
    assert back.vocabulary.words == ("a", "b\n")
    assert back.maybe.tolist() == [True, False]
    assert (back.number, back.comment) == (1 / 3, "x")
    assert Window(**back.window) == made.window
    assert str(back.lineage) == "made(by=['hand'], n=3)"
    assert back.fingerprint == made.fingerprint
    assert Thing.load(thing().save(tmp_path / "none")).maybe is None


@settings(max_examples=60, deadline=None)
@given(
    array=arrays.arrays(
        st.one_of(
            arrays.integer_dtypes(), arrays.floating_dtypes(), arrays.boolean_dtypes(), arrays.complex_number_dtypes()
        ),
        arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4),
    )
)
def test_arrays_of_any_type_and_shape_go_there_and_back(tmp_path_factory, array):
    made = thing(array=array)
    back = Thing.load(made.save(tmp_path_factory.mktemp("t") / "thing"))
    assert (back.array.dtype, back.array.shape) == (array.dtype, array.shape)
    assert back.array.tobytes() == array.tobytes()
    assert back.fingerprint == made.fingerprint


def test_arrays_of_objects_are_not_pickled(tmp_path):
    with pytest.raises(ValueError, match="pickle"):
        thing(array=np.array([object()])).save(tmp_path / "thing")
    assert os.listdir(tmp_path) == []


def test_a_stage_is_read_only_and_the_callers_array_is_not(saved):
    own = np.zeros(3)
    for stage in (thing(array=own), Thing.load(saved)):
        for array in (stage.array, stage.matrix.data, stage.matrix.indices, stage.vocabulary.counts):
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 1
        with pytest.raises(AttributeError):
            stage.number = 3
    own[:] = 1


def test_a_fingerprint_tells_contents_and_only_them():
    same = [thing(), thing(lineage=Lineage()), thing(comment="other")]
    shape = sparse.csr_array(np.array([[0, 2, 0, 0], [1, 0, 3, 0]]))
    vocabulary = Vocabulary.from_counts({"a": 3, "c": 1})
    other = [
        thing(array=np.arange(6.0).reshape(3, 2)),
        thing(array=np.arange(6).reshape(2, 3)),
        thing(matrix=shape),
        thing(number=0.25),
        thing(vocabulary=vocabulary),
        thing(maybe=np.zeros(0)),
    ]
    assert len({stage.fingerprint for stage in same}) == 1
    assert len({stage.fingerprint for stage in [thing(), *other]}) == 1 + len(other)


def test_the_same_stage_is_saved_in_the_same_bytes(tmp_path):
    one, two = (thing().save(tmp_path / name) for name in ("one", "two"))
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert len(names) == 8
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_lineage_reads_as_it_ran():
    lineage = Lineage().then("count", size=5).then("solve", dim=3).then("count", size=7)
    assert str(lineage) == "count(size=5) → solve(dim=3) → count(size=7)"
    assert lineage.values_of("count") == {"size": 7}
    assert lineage.values_of("fly") == {}
    assert lineage[1] == Step("solve", {"dim": 3})


# damage

FILES = [
    "array.npy",
    "matrix.data.npy",
    "matrix.indices.npy",
    "matrix.indptr.npy",
    "vocabulary/words.tsv",
    "vocabulary/rare.tsv",
    "vocabulary/stage.json",
    "stage.json",
]


def test_these_are_the_files_of_a_thing(saved):
    found = [path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()]
    assert sorted(found) == sorted(FILES)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def to_folder(path):
    path.unlink()
    path.mkdir()


HARM = {
    "flipped": flip,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\n{"),
    "emptied": lambda path: path.write_bytes(b""),
    "deleted": lambda path: path.unlink(),
    "a folder": to_folder,
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("harm", HARM)
def test_any_damage_to_any_file_is_noticed(saved, file, harm):
    HARM[harm](saved / file)
    with pytest.raises(FolderError, match=r"thing"):
        Thing.load(saved)


def test_damage_noticed_without_checksums_is_told_as_such(saved):
    (saved / "array.npy").write_bytes(b"\x00" * (saved / "array.npy").stat().st_size)
    with pytest.raises(FolderError, match="thing is damaged"):
        Thing.load(saved, verify=False)


def rewrite(folder, signed=True, **changes):
    path = folder / "stage.json"
    made = json.loads(path.read_text()) | changes
    path.write_text(json.dumps(made | ({"sha256": header.header_sum(made)} if signed else {})))


def test_an_edited_header_is_noticed(saved):
    rewrite(saved, signed=False, lineage=[])
    with pytest.raises(FolderError, match="does not match its checksum"):
        Thing.load(saved)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "3", '{"format": "x"}', "\xff", "[" * 100_000])
def test_a_header_that_is_none_is_told(saved, text):
    (saved / "stage.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(FolderError, match=r"stage\.json is damaged or not ours"):
        Thing.load(saved)


def test_a_newer_format_says_upgrade(saved):
    rewrite(saved, signed=False, format=header.FORMAT + 1)
    with pytest.raises(FolderError, match=r"has format 2; solve2vec .* reads up to 1: upgrade"):
        Thing.load(saved)


@pytest.mark.parametrize(
    "changes", [{"fields": {}}, {"fields": {"x": {"value": 1}}}, {"files": []}, {"files": {"a": 1}}, {"kind": None}]
)
def test_a_header_with_other_contents_is_told(saved, changes):
    rewrite(saved, **changes)
    with pytest.raises(FolderError, match="thing"):
        Thing.load(saved)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "vocabulary/../../secret"])
@pytest.mark.parametrize("where", ["files", "array", "csr", "stage"])
def test_a_path_outside_the_folder_is_refused(saved, name, where):
    np.save(saved.parent / "secret.npy", np.zeros(1))
    if where == "files":
        rewrite(saved, files={name: {"bytes": 1, "sha256": "0"}})
    else:
        rewrite(saved, fields={"array": {where: name, "shape": [1, 1]}})
    with pytest.raises(FolderError, match="names a file outside itself"):
        Thing.load(saved)


def test_links_into_a_store_are_followed_and_checked(saved, tmp_path):
    shutil.move(saved / "array.npy", tmp_path / "blob")
    (saved / "array.npy").symlink_to(tmp_path / "blob")
    (tmp_path / "alias").symlink_to("thing")
    assert Thing.load(tmp_path / "alias").fingerprint == thing().fingerprint
    flip(tmp_path / "blob")
    with pytest.raises(FolderError, match=r"array\.npy does not match its checksum"):
        Thing.load(saved)


def test_another_kind_is_refused(saved):
    with pytest.raises(FolderError, match="holds a Thing, not a Vocabulary"):
        Vocabulary.load(saved)
    assert isinstance(Stage.load(saved), Thing)


def test_what_is_no_stage_is_told(tmp_path):
    with pytest.raises(FolderError, match="absent does not exist"):
        Thing.load(tmp_path / "absent")
    with pytest.raises(FolderError, match=r"is not a stage that solve2vec saved: it has no stage\.json"):
        Thing.load(tmp_path)


# saving over


def test_saving_over_a_mapped_stage_keeps_its_arrays_readable(saved):
    old = Thing.load(saved)
    thing(array=np.full((2, 3), 9.0)).save(saved)
    assert old.array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert Thing.load(saved).array.tolist() == [[9] * 3] * 2


def test_a_loaded_stage_can_be_saved_over_itself(saved):
    Thing.load(saved).save(saved)
    assert Thing.load(saved).fingerprint == thing().fingerprint


@pytest.mark.parametrize("litter", [".DS_Store", "Thumbs.db", "desktop.ini"])
def test_what_file_managers_leave_in_a_stage_is_no_part_of_it(saved, litter, monkeypatch):
    for folder in (saved, saved / "vocabulary"):
        (folder / litter).write_bytes(b"icons")
    assert Thing.load(saved).fingerprint == thing().fingerprint
    thing(array=np.ones((2, 3))).save(saved)
    assert not list(saved.rglob(litter))
    write_fields = Thing._write_fields

    def looked_at(self, writer):
        (writer.folder / litter).write_bytes(b"icons")
        return write_fields(self, writer)

    monkeypatch.setattr(Thing, "_write_fields", looked_at)
    thing().save(saved)
    (saved / litter).write_bytes(b"other icons")
    assert Thing.load(saved).fingerprint == thing().fingerprint


def test_other_peoples_files_beside_a_stage_are_not_lost(saved):
    (saved / "notes.txt").write_text("mine")
    with pytest.raises(FolderError, match=r"thing holds notes\.txt beside the stage: move it"):
        thing().save(saved)
    assert (saved / "notes.txt").read_text() == "mine"
    assert Thing.load(saved).fingerprint == thing().fingerprint


def test_a_damaged_stage_can_be_made_again(saved):
    flip(saved / "stage.json")
    thing().save(saved)
    assert Thing.load(saved).fingerprint == thing().fingerprint


def test_a_full_disk_leaves_the_old_stage_and_no_draft(saved, monkeypatch):
    def full(*args, **keywords):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stage_module, "header_sum", full)  # after the arrays are written
    with pytest.raises(OSError, match="No space left"):
        thing(number=7.0).save(saved)
    assert os.listdir(saved.parent) == ["thing"]
    assert Thing.load(saved, verify=False).number == 0.5


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 64 kB, where the tests may mount one."""
    import subprocess

    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("cannot mount a small file system here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_really_full_leaves_the_old_stage_and_no_draft(tiny_disk):
    folder = thing().save(tiny_disk / "thing")
    with pytest.raises(OSError):
        thing(array=np.zeros(50_000)).save(folder)
    assert os.listdir(tiny_disk) == ["thing"]
    assert Thing.load(folder).fingerprint == thing().fingerprint


def test_a_read_only_place_is_told_by_the_system(tmp_path, monkeypatch):
    if os.geteuid() == 0:  # no mode stops root: refuse in the system's name

        def refuse(*args, **keywords):
            raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

        monkeypatch.setattr(storage.Path, "mkdir", refuse)
    else:
        tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        thing().save(tmp_path / "thing")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("again", [copy.deepcopy, lambda stage: pickle.loads(pickle.dumps(stage))])
def test_a_copy_is_as_read_only_and_knows_nothing_that_its_arrays_do_not_say(again):
    made = Embedding.from_vectors(["a", "b"], [[1.0, 0.0], [0.6, 0.8]])
    assert made.fingerprint and made.unit_vectors.shape == (2, 2)
    other = again(made)
    assert other.fingerprint == made.fingerprint and str(other.lineage) == str(made.lineage)
    assert not {"fingerprint", "unit_vectors"} & vars(again(made)).keys()
    for array in (other.vectors, other.vocabulary.counts, other.unit_vectors):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0

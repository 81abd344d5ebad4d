"""What is replaced is replaced whole, whatever happens in between."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from data.files import replacing as files
from data.files.replacing import left_over, recover, replacing, require_place


def write(folder: Path, text: str) -> None:
    """A page, its folder, and a third file that the page points to."""
    with replacing(folder, "page", after="page.html") as fresh:
        (fresh / "page_files").mkdir()
        (fresh / "page_files" / f"{text}.csv").write_text(text)
        (fresh / "data.csv").write_text(text)
        (fresh / "page.html").write_text(text)


def state(folder: Path) -> set[str]:
    """What every file says, and its folder's only file."""
    names = {path.name for path in folder.iterdir()}
    assert names == {"page_files", "data.csv", "page.html"}, names
    (inner,) = (folder / "page_files").iterdir()
    return {(folder / "page.html").read_text(), (folder / "data.csv").read_text(), inner.stem}


def test_all_of_it_is_there_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "old")
    write(tmp_path, "new")
    assert state(tmp_path) == {"new"}


def failing(folder: Path, error: OSError) -> None:
    with replacing(folder, "page") as fresh:
        (fresh / "page.html").write_text("new")
        raise error


def test_what_stood_there_stands_when_writing_fails(tmp_path: Path) -> None:
    write(tmp_path, "old")
    with pytest.raises(OSError, match="full"):
        failing(tmp_path, OSError("the disk is full"))
    assert state(tmp_path) == {"old"}


def test_an_error_that_names_no_file_names_the_folder(tmp_path: Path) -> None:
    """As of what is written to an open file."""
    with pytest.raises(OSError, match="full") as found:
        failing(tmp_path, OSError(errno.ENOSPC, "full"))
    assert found.value.filename == str(tmp_path)


@pytest.mark.parametrize("call", [1, 2, 3])
def test_what_cannot_take_its_place_is_given_up_unless_some_of_it_has(
    call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "old")
    real, calls = os.replace, 0

    def fails(*args: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise PermissionError(errno.EPERM, "not yours")
        real(*args)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(PermissionError):
        write(tmp_path, "new")
    monkeypatch.undo()
    if call == 1:
        assert state(tmp_path) == {"old"}
    recover(tmp_path, "page", after="page.html")
    assert state(tmp_path) == {"old" if call == 1 else "new"}


@pytest.mark.parametrize("there", ["page.html", "page_files"])
def test_a_file_takes_no_folders_place_and_a_folder_no_files(there: str, tmp_path: Path) -> None:
    taken = tmp_path / there
    if there == "page.html":
        taken.mkdir()
        (taken / "mine").write_text("mine")
    else:
        taken.write_text("mine")
    with pytest.raises((IsADirectoryError, NotADirectoryError)) as found:
        write(tmp_path, "new")
    assert found.value.filename == str(taken)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (taken / "mine" if taken.is_dir() else taken).read_text() == "mine"


def test_a_link_is_replaced_and_not_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "page.html").symlink_to(tmp_path / "mine")
    write(folder, "new")
    assert state(folder) == {"new"}
    assert (tmp_path / "mine").read_text() == "mine"


def test_folders_are_made_and_stay_only_if_something_comes_into_them(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    require_place(folder, "page")
    with pytest.raises(OSError, match="full"):
        failing(folder, OSError("full"))
    assert not list(tmp_path.iterdir())
    write(folder, "new")
    assert state(folder) == {"new"}


def test_a_place_that_cannot_be_written_is_known_before(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotADirectoryError):
        require_place(tmp_path / "file" / "a", "page")


def test_others_files_stay(tmp_path: Path) -> None:
    (tmp_path / ".page.mine.new").write_text("a user's own")
    (tmp_path / ".page.b.abcdefgh.new").mkdir()  # of another name, "page.b"
    write(tmp_path, "new")
    assert {path.name for path in tmp_path.iterdir()} >= {".page.mine.new", ".page.b.abcdefgh.new"}


class Killed(BaseException):
    """In place of a kill: nothing of the process runs after it."""


@pytest.mark.parametrize("step", range(60))
def test_a_death_at_any_step_leaves_one_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    write(tmp_path, "old")
    done = 0

    def dying(name: str) -> None:
        real = getattr(os, name)

        def call(*args: object, **kwargs: object) -> object:
            nonlocal done
            if done == step:
                raise Killed
            done += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(os, name, call)

    for name in ("mkdir", "rename", "replace", "rmdir", "unlink", "fsync"):
        dying(name)
    try:
        write(tmp_path, "new")
    except Killed:
        monkeypatch.undo()
        assert step < 60
        recover(tmp_path, "page", after="page.html")
        assert state(tmp_path) in ({"old"}, {"new"})
        assert left_over(tmp_path, "page") == []
    else:
        assert done > 10
        monkeypatch.undo()
        assert state(tmp_path) == {"new"}


def test_readers_leave_what_is_going_on_alone(tmp_path: Path) -> None:
    with replacing(tmp_path, "page") as fresh:
        (fresh / "page.html").write_text("new")
        recover(tmp_path, "page")
        assert fresh.is_dir()
    assert (tmp_path / "page.html").read_text() == "new"


def test_the_mode_is_as_for_any_other_file(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write(tmp_path, "new")
    finally:
        os.umask(before)
    assert (tmp_path / "page_files").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o644


def test_who_waits_is_told_for_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.05)
    lock = files.FileLock(tmp_path / "lock")
    lock.acquire()

    def release(*args: object, **kwargs: object) -> None:
        lock.release()
        print(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(files, "print", release, raising=False)
    with files.alone(tmp_path / "lock", what="writes fits/a"):
        pass
    assert "fits/a" in capsys.readouterr().err

"""Reading lists of videos: the published forms, and tables of video files."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from foveate.evaluation.listed import Listed, ListError, ListForm

_WANTED = {
    ListForm.COMMAS: "path,frames,label[,label...]",
    ListForm.SPACES: "path frames label",
}
_COLUMNS = {"file", "label"}
_MOST_DIGITS = 12


def read_list(
    path: Path, names: Sequence[str], form: ListForm | None = None, fold: str | None = None
) -> list[Listed]:
    """Read a list of videos.

    Args:
        path: of the list.
        names: of the classes; their number bounds the labels, and a table may use them as labels.
        form: of the list; None to recognise it by its first line.
        fold: of a table with folds, the one wanted; None for all.

    Raises:
        ListError: the file cannot be read, or a line of it is wrong; the message says which and why.
    """
    lines = _lines(path)
    form = form or recognise(path, lines)
    if form is ListForm.CSV:
        videos = list(_table(path, lines, names, fold))
    elif fold is not None:
        raise ListError(f"{path} has no folds: only a table of video files has")
    else:
        numbered = enumerate(lines, 1)
        videos = [_listed(path, n, line, form, len(names)) for n, line in numbered if line.strip()]
    if not videos:
        raise ListError(f"{path} lists no video" + (f" of fold {fold}" if fold is not None else ""))
    return videos


def recognise(path: Path, lines: Sequence[str]) -> ListForm:
    """The form of a list, by its first line.

    Raises:
        ListError: it is of none.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if {column.strip() for column in line.split(",")} >= _COLUMNS:
            return ListForm.CSV
        for form in (ListForm.COMMAS, ListForm.SPACES):
            if _fields(line, form) is not None:
                return form
        forms = ", ".join(repr(text) for text in _WANTED.values())
        raise ListError(
            f"{path}, line {number}: {_short(line)} is of no known form: {forms}, or a header with the "
            "columns file and label"
        )
    raise ListError(f"{path} lists no video")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ListError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise ListError(f"{path} cannot be read: {error.strerror}") from error


def _listed(path: Path, number: int, line: str, form: ListForm, classes: int) -> Listed:
    fields = _fields(line, form)
    if fields is None:
        raise ListError(f"{path}, line {number}: {_short(line)} is not of the form {_WANTED[form]!r}")
    name, frames, labels = fields
    for label in labels:
        if label >= classes:
            raise _no_class(path, number, str(label), classes)
    return Listed(number, name, frames, tuple(dict.fromkeys(labels)))


def _fields(line: str, form: ListForm) -> tuple[str, int, list[int]] | None:
    """Path, frames and labels of a line, None where it is not of the form."""
    if form is ListForm.COMMAS:
        name, *numbers = (field.strip() for field in line.split(","))
    else:
        name, *numbers = line.strip().rsplit(None, 2) or [""]
    if not name or len(numbers) < 2 or not all(map(_is_number, numbers)):
        return None
    frames, *labels = map(int, numbers)
    return name, frames, labels


def _table(path: Path, lines: list[str], names: Sequence[str], fold: str | None) -> Iterator[Listed]:
    rows = csv.DictReader(lines, skipinitialspace=True)
    columns = {column.strip() for column in rows.fieldnames or ()}
    wanted = _COLUMNS | ({"fold"} if fold is not None else set())
    if missing := sorted(wanted - columns):
        raise ListError(f"{path}, line 1: the header has no column {' and no column '.join(missing)}")
    for row in rows:
        cells = {str(key).strip(): (value or "").strip() for key, value in row.items() if key is not None}
        if fold is not None and cells["fold"] != fold:
            continue
        if not cells["file"]:
            raise ListError(f"{path}, line {rows.line_num}: the file is missing")
        yield Listed(
            rows.line_num, cells["file"], None, (_class(path, rows.line_num, cells["label"], names),)
        )


def _class(path: Path, number: int, label: str, names: Sequence[str]) -> int:
    """The number of a class that a table gives by name or number."""
    if label in names:
        return names.index(label)
    if _is_number(label) and int(label) < len(names):
        return int(label)
    raise _no_class(path, number, label, len(names))


def _no_class(path: Path, number: int, label: str, classes: int) -> ListError:
    return ListError(
        f"{path}, line {number}: the label {label!r} is none of the bundle's {classes} classes "
        f"(numbers 0 to {classes - 1})"
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _short(line: str) -> str:
    return repr(line if len(line) <= 80 else line[:77] + "...")

from pathlib import Path

import pytest

from foveate.evaluation.listed import Listed, ListError, ListForm
from foveate.evaluation.lists import read_list

NAMES = ("dance", "fall", "run", "4")


def write(folder: Path, text: str) -> Path:
    path = folder / "list.txt"
    path.write_text(text)
    return path


def test_commas_with_several_labels(tmp_path: Path) -> None:
    path = write(tmp_path, "v_a,300,2\n\nsub/v b,12,3,0,3\n")
    assert read_list(path, NAMES) == [Listed(1, "v_a", 300, (2,)), Listed(3, "sub/v b", 12, (3, 0))]


def test_spaces_in_paths(tmp_path: Path) -> None:
    path = write(tmp_path, "riding a  bike/x_0001 300 2\n100218\t42\t1\nv 3 9 1\na,b 7 0\n")
    assert read_list(path, NAMES) == [
        Listed(1, "riding a  bike/x_0001", 300, (2,)),
        Listed(2, "100218", 42, (1,)),
        Listed(3, "v 3", 9, (1,)),
        Listed(4, "a,b", 7, (0,)),
    ]


def test_a_table_by_names_and_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, 'source,file,label,fold\ns1,a.mp4,run,0\ns2,"b, c.mp4",0,1\n\ns3,d.mp4,4,1\n')
    assert read_list(path, NAMES) == [
        Listed(2, "a.mp4", None, (2,)),
        Listed(3, "b, c.mp4", None, (0,)),
        Listed(5, "d.mp4", None, (3,)),
    ]
    assert [video.name for video in read_list(path, NAMES, fold="1")] == ["b, c.mp4", "d.mp4"]


def test_a_form_can_be_forced(tmp_path: Path) -> None:
    path = write(tmp_path, "a,1 30 2\n")
    assert read_list(path, NAMES, ListForm.SPACES) == [Listed(1, "a,1", 30, (2,))]
    with pytest.raises(ListError, match=r"line 1: 'a,1 30 2' is not of the form 'path,frames,label"):
        read_list(path, NAMES, ListForm.COMMAS)


def test_a_mark_of_the_byte_order_is_no_part_of_a_path(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbfv_a,30,1\r\n")
    assert read_list(path, NAMES) == [Listed(1, "v_a", 30, (1,))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v_a,30,1\nv_b,thirty,1\n", "line 2: 'v_b,thirty,1' is not of the form 'path,frames,label"),
        ("v_a,30,1\nv_b,30\n", "line 2: 'v_b,30' is not of the form"),
        ("v_a,30,1\n,30,1\n", "line 2: ',30,1' is not of the form"),
        ("v_a 30 1\nv_b 30 -1\n", "line 2: 'v_b 30 -1' is not of the form 'path frames label"),
        (
            "v_a,30,1\nv_b,30,1,4\n",
            r"line 2: the label '4' is none of the bundle's 4 classes \(numbers 0 to 3\)",
        ),
        ("v_a,30," + "9" * 5000 + "\n", "line 1: 'v_a,30,99999"),
        ("\n\nwhat is this\n", "line 3: 'what is this' is of no known form: 'path,frames,label"),
        ("file,label\na.mp4,jump\n", "line 2: the label 'jump' is none of the bundle's 4 classes"),
        ("file,label\na.mp4\n", "line 2: the label '' is none of"),
        ("file,label\n,run\n", "line 2: the file is missing"),
        ("\n\n", "lists no video"),
        ("file,label\n", "lists no video"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ListError, match=message) as caught:
        read_list(path, NAMES)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < len(str(path)) + 250


def test_folds_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="the header has no column fold"):
        read_list(write(tmp_path, "file,label\na.mp4,run\n"), NAMES, fold="1")
    with pytest.raises(ListError, match="lists no video of fold 9"):
        read_list(write(tmp_path, "file,label,fold\na.mp4,run,1\n"), NAMES, fold="9")
    with pytest.raises(ListError, match="has no folds"):
        read_list(write(tmp_path, "a,30,1\n"), NAMES, fold="1")


def test_a_list_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    with pytest.raises(ListError, match="cannot be read: No such file"):
        read_list(path, NAMES)
    path.write_bytes(b"v_a,30,1\n\xff")
    with pytest.raises(ListError, match=r"not UTF-8 text \(byte 9\)"):
        read_list(path, NAMES)

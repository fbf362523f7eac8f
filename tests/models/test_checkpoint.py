import hashlib
import pickle
from pathlib import Path

import pytest
import torch

from foveate.errors import CheckpointError
from models.checkpoint import check_entries, entries, file_sha256, load_checkpoint


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("code ran",)


def test_tensors_numbers_and_text_are_read(tmp_path: Path) -> None:
    path = tmp_path / "good"
    torch.save({"state_dict": {"a": torch.ones(2)}, "epoch": 3, "arch": "x", "best": torch.tensor(1.5)}, path)
    content = load_checkpoint(path)
    assert content["epoch"] == 3
    assert torch.equal(entries(content, "state_dict", path)["a"], torch.ones(2))


def test_code_in_a_file_is_refused_and_not_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "harmful"
    torch.save({"state_dict": {}, "args": Harmful()}, path)
    with pytest.raises(CheckpointError, match=r"could run code .*print"):
        load_checkpoint(path)
    assert "code ran" not in capfd.readouterr().out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a checkpoint",
        b"PK\x03\x04 but then nothing",
        *(pickle.dumps([1, 2], protocol) for protocol in (2, 4)),
    ],
    ids=["empty", "text", "broken zip", "bare pickle", "bare pickle of another protocol"],
)
def test_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"no checkpoint|no table") as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short"
    torch.save({"a": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match="cut short"):
        load_checkpoint(path)


@pytest.mark.parametrize("content", [torch.ones(2), [1], {1: 2}])
def test_a_file_without_names_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "unnamed"
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="no table of named entries"):
        load_checkpoint(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nowhere is not a file"):
        load_checkpoint(tmp_path / "nowhere")


def test_many_missing_entries_are_counted() -> None:
    wanted: dict[str, tuple[int, ...]] = {f"layer{n}.weight": (1,) for n in range(8)}
    with pytest.raises(CheckpointError, match=r"lacks layer0\.weight, .*layer4\.weight and 3 more"):
        check_entries({}, wanted, "net", Path("file"))


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert file_sha256(path) == hashlib.sha256(b"abc").hexdigest()

import asyncio
import errno
import os
import tempfile
import threading
from pathlib import Path

import pytest

from foveate.errors import ConfigError, OverloadedError
from server.errors import Problems, Refusal
from server.uploads import UploadFolder


def test_bytes_arrive_in_a_file_that_has_no_name(tmp_path: Path) -> None:
    async def run() -> None:
        folder = UploadFolder(tmp_path)
        upload = folder.create()
        for _ in range(3000):
            await upload.write(b"x" * 1000)
        await upload.write(b"end")
        await upload.flush()
        with open(upload.path, "rb") as file:
            data = file.read()
        assert (len(data), data[-4:]) == (3_000_003, b"xend")
        assert upload.size == len(data)
        assert list(tmp_path.iterdir()) == []
        assert os.stat(upload.path).st_mode & 0o077 == 0
        upload.close()
        upload.close()
        assert folder.open_files == 0
        folder.close()

    asyncio.run(run())


def test_a_short_write_is_gone_on_with(tmp_path: Path) -> None:
    async def run() -> None:
        folder = UploadFolder(tmp_path, lambda handle, parts: os.write(handle, b"".join(parts)[:7]))
        upload = folder.create()
        await upload.write(b"0123456789")
        await upload.write(b"0123456789")
        await upload.flush()
        assert Path(upload.path).read_bytes() == b"0123456789" * 2
        upload.close()
        folder.close()

    asyncio.run(run())


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_refusal(tmp_path: Path, code: int) -> None:
    def full(handle: int, parts: list[bytes]) -> int:
        raise OSError(code, "full")

    async def run() -> None:
        folder = UploadFolder(tmp_path, full)
        upload = folder.create()
        await upload.write(b"x")
        with pytest.raises(Refusal) as caught:
            await upload.flush()
        assert caught.value.kind is Problems.NO_SPACE
        upload.close()
        assert folder.open_files == 0
        folder.close()

    asyncio.run(run())


def test_a_file_closed_while_it_is_written_is_let_go_of_afterwards(tmp_path: Path) -> None:
    may_go_on = threading.Event()

    def slow(handle: int, parts: list[bytes]) -> int:
        assert may_go_on.wait(10)
        return os.writev(handle, parts)

    async def run() -> None:
        folder = UploadFolder(tmp_path, slow)
        upload = folder.create()
        await upload.write(b"x")
        writing = asyncio.create_task(upload.flush())
        await asyncio.sleep(0.01)
        writing.cancel()
        await asyncio.wait([writing])
        upload.close()
        assert folder.open_files == 1
        may_go_on.set()
        while folder.open_files:
            await asyncio.sleep(0.001)
        assert not os.path.exists(upload.path)
        folder.close()

    asyncio.run(run())


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE])
def test_no_more_open_files_are_a_reason_to_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def none(**_: object) -> None:
        raise OSError(code, "Too many open files")

    folder = UploadFolder(tmp_path, retry_after_s=lambda: 7.5)
    monkeypatch.setattr(tempfile, "TemporaryFile", none)
    with pytest.raises(OverloadedError, match="files open") as caught:
        folder.create()
    assert caught.value.retry_after_s == 7.5
    assert folder.open_files == 0
    with pytest.raises(ConfigError, match="Too many open files"):
        UploadFolder(tmp_path)
    folder.close()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file or directory"):
        UploadFolder(tmp_path / "missing")

import io
from pathlib import Path

import pytest
from PIL import Image

from foveate.errors import ConfigError
from foveate.pictures.canvas import check_kind, kind_of, save, sheet


def test_kinds_of_pictures() -> None:
    check_kind(Path("a.PNG"))
    with pytest.raises(ConfigError, match=r"endings are: .*png.*svg"):
        check_kind(Path("a.docx"))


def test_a_sheet_becomes_a_file_of_its_size() -> None:
    file = io.BytesIO()
    save(sheet(4, 2), file, kind_of(Path("b/a.Png")))
    with Image.open(file) as image:
        assert (image.format, image.size) == ("PNG", (480, 240))

"""That nothing of the device path is loaded before a device is asked for."""

import subprocess
import sys

from foveate.device.cuda import CudaBuffer, CudaDevice, CudaEvent, CudaPool, CudaStream
from foveate.device.protocol import Buffer, Device, DeviceError, Event, Pool, Stream
from foveate.errors import FoveateError


def test_the_server_is_imported_without_torch_and_triton() -> None:
    code = "import sys, foveate.cli.main, server.service; print({'torch', 'triton'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_cuda_has_all_of_the_interface() -> None:
    for kind, interface in (
        (CudaBuffer, Buffer),
        (CudaDevice, Device),
        (CudaEvent, Event),
        (CudaPool, Pool),
        (CudaStream, Stream),
    ):
        wanted = {name for name in vars(interface) if not name.startswith("_")} - {"name"}
        assert wanted <= set(dir(kind)), kind


def test_a_refusal_is_said_to_people() -> None:
    assert issubclass(DeviceError, FoveateError)

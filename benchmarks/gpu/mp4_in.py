"""MP4 files through a server on this machine: ``python -m benchmarks.gpu.mp4_in BUNDLE CLIPS --out FILE``.

Starts ``foveate serve`` on the GPU with a decoder per core, and posts with many clients at once. Decoding
bounds it; and the generator takes cores from the decoders, so this is less than the machine could do.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_CLIENTS = 64
_START_S = 90.0


def wait_ready(url: str, server: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether a server came to be ready in time, and is still there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def main() -> int:
    """Serve, load, write the report; 1 where the server does not start or the load fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.mp4_in", description=__doc__)
    parser.add_argument("bundle", type=Path, help="folder of the bundle")
    parser.add_argument("clips", type=Path, help="folder of videos")
    parser.add_argument("--out", type=Path, required=True, help="the load generator's report")
    parser.add_argument("--runtime", default="torch", help="of the server (default: torch)")
    parser.add_argument("--clients", type=int, default=_CLIENTS, help="at once (default: 64)")
    parser.add_argument("--port", type=int, default=8123, help="to serve on (default: 8123)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of the measurement (default: 8)")
    args = parser.parse_args()
    foveate, url = (sys.executable, "-m", "foveate.cli.main"), f"http://127.0.0.1:{args.port}"
    serve = [*foveate, "serve", "--bundle", str(args.bundle), "--runtime", args.runtime]
    serve += [
        "--port",
        str(args.port),
        "--decode-workers",
        str(os.cpu_count() or 1),
        "--log-level",
        "warning",
    ]
    server = subprocess.Popen([*serve, "--max-in-flight", str(2 * args.clients)])
    try:
        if not wait_ready(url, server, _START_S):
            print("the server does not get ready", file=sys.stderr)
            return 1
        window = f"{args.seconds / 4:g}"
        load = ("bench", url, "--input", str(args.clips), "--concurrency", str(args.clients), "--quiet")
        rules = ("--window", window, "--max-windows", "4", "--warmup", window, "--json", str(args.out))
        code = subprocess.run([*foveate, *load, *rules], check=False).returncode
        return 0 if args.out.exists() and json.loads(args.out.read_text()) else code or 1
    finally:
        server.terminate()
        server.wait(60)


if __name__ == "__main__":
    sys.exit(main())

"""A closed-loop load generator: a fixed number of clients, each posting again as soon as it is answered."""

import http.client
import json
import os
import resource
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the load gave.

    Attributes:
        answered: requests answered with 200.
        seconds: wall time.
        client_seconds: CPU time that the load generator itself took from the machine.
        latencies: seconds of each request.
    """

    answered: int
    seconds: float
    client_seconds: float
    latencies: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Answers a second as seen by the clients."""
        return self.answered / self.seconds

    @property
    def fair_rate(self) -> float:
        """Answers a second with the generator's CPU time given back: it shares the server's cores."""
        cores = len(os.sched_getaffinity(0))
        return self.answered / (self.seconds - self.client_seconds / cores)


def post(port: int, path: str, body: bytes, headers: dict[str, str]) -> dict[str, object]:
    """Post once and return the answer.

    Raises:
        RuntimeError: it is anything but 200.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        return _post(connection, path, body, headers)
    finally:
        connection.close()


def closed_loop(
    port: int, path: str, body: bytes, headers: dict[str, str], clients: int, requests: int
) -> Load:
    """Answer ``requests`` requests with ``clients`` clients at once."""
    left = iter(range(requests))
    lock = threading.Lock()
    latencies: list[float] = []
    errors: list[Exception] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            while True:
                with lock:
                    if errors or next(left, None) is None:
                        return
                started = time.perf_counter()
                _post(connection, path, body, headers)
                latencies.append(time.perf_counter() - started)
        except (OSError, RuntimeError) as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    before, started = _cpu_seconds(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, cpu = time.perf_counter() - started, _cpu_seconds() - before
    if errors:
        raise RuntimeError(f"a request failed: {errors[0]}")
    return Load(len(latencies), seconds, cpu, tuple(latencies))


def _post(
    connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]
) -> dict[str, object]:
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise RuntimeError(f"status {response.status}: {content[:300]!r}")
    answer: dict[str, object] = json.loads(content)
    return answer


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

"""Running the server as a process of its own: socket, signals, logs, exit code."""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from foveate.errors import ConfigError
from foveate.runtimes.base import Runtime
from server.app import create_app
from server.logs import facts, set_up
from server.protocol import LOGGER, Protocol
from server.service import Service
from server.settings import Settings
from server.signals import heeding
from server.starting import log_settings

log = logging.getLogger("foveate.server")

_BACKLOG = 2048
_TICK_S = 0.05
_LAST_WORDS_S = 3.0
"""Longer than a client that still uploads is given to read its refusal."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket, not yet listening: a client is refused until there is somebody to answer.

    Raises:
        ConfigError: the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except BaseException:
            bound.close()
            raise
    except OSError as error:
        raise ConfigError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    except UnicodeError as error:
        raise ConfigError(f"cannot listen on {host} port {port}: this is no name of a host") from error
    bound.set_inheritable(False)
    return bound


def listen(bound: socket.socket) -> None:
    """Take connections from now on.

    Raises:
        ConfigError: another process has come to listen there since the address was bound.
    """
    try:
        bound.listen(_BACKLOG)
    except OSError as error:
        host, port = bound.getsockname()[:2]
        raise ConfigError(f"cannot listen on {host} port {port}: {error.strerror}") from error


class Server(uvicorn.Server):
    """uvicorn's server; told to stop, it first answers what is in flight.

    Args:
        app: made by ``create_app``.
        settings: of the server.
    """

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._service: Service = app.state.service
        # uvicorn calls it as it would the class.
        protocol: Any = partial(Protocol, self._service.telemetry, settings.root_path)
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=protocol,
                ws="none",
                lifespan="on",
                access_log=False,
                log_config=None,
                server_header=False,
                # The envelope reads them, and takes nothing from them but addresses.
                proxy_headers=False,
                backlog=_BACKLOG,
                timeout_keep_alive=settings.keep_alive_s,
                timeout_graceful_shutdown=max(1, round(_LAST_WORDS_S)),
            )
        )
        self.failed = False
        self._drain_s = settings.drain_s
        self._drain_until: float | None = None
        self._read_anew = False
        self._service.on_fatal = self._fail

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain at the first signal, stop at the second.

        A terminal that closes may say so twice, and systemd says it too, after SIGTERM: that is no hurry.
        """
        if self._drain_until is not None:
            if sig == signal.SIGHUP:
                return
            self.should_exit = True
            self.force_exit = sig == signal.SIGINT
            return
        self.drain()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at uvicorn's signals, and at SIGHUP; read the bundles anew at SIGUSR1."""
        with (
            super().capture_signals(),
            heeding(signal.SIGHUP, self.handle_exit),
            heeding(signal.SIGUSR1, self.handle_read_anew),
        ):
            yield

    def handle_read_anew(self, sig: int, frame: FrameType | None) -> None:
        """Read the bundles anew, in the loop's own time."""
        self._read_anew = True

    def drain(self) -> None:
        """Take no new work, and stop once nothing is in flight or the time is over."""
        self._service.begin_drain()
        self._drain_until = time.monotonic() + self._drain_s

    async def main_loop(self) -> None:
        """Keep uvicorn's clock until it is time to stop."""
        ticking, told = asyncio.ensure_future(super().main_loop()), False
        try:
            while not ticking.done():
                await asyncio.wait({ticking}, timeout=_TICK_S)
                if self._read_anew:
                    self._read_anew = False
                    self._service.read_anew()
                if self._drain_until is None or self.should_exit:
                    continue
                if not told:
                    # Here and not in the signal's handler, which may interrupt another line of the log.
                    told = True
                    flying = self._service.in_flight
                    log.info(facts(msg="draining", requests_in_flight=flying, for_s=self._drain_s))
                if not self._service.idle and time.monotonic() < self._drain_until:
                    continue
                log.info(facts(msg="stopping", requests_in_flight=self._service.in_flight))
                # What is still in flight is answered 503.
                await self._service.close()
                self.should_exit = True
            await ticking
        finally:
            ticking.cancel()

    def _fail(self) -> None:
        self.failed = True
        self.should_exit = True


def serve(settings: Settings, runtime: Runtime | None = None) -> int:
    """Serve until told to stop; the exit code.

    Raises:
        ConfigError: a setting that cannot be honoured, a port in use among them.
        BundleError: a bundle that cannot be used.
        UnavailableError: the decoders do not start.
    """
    set_up(settings.log_level, settings.log_format)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(logging.ERROR)
    with bind(settings.host, settings.port) as bound:
        app = create_app(settings, runtime)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(app, settings, bound))


async def _serve(app: FastAPI, settings: Settings, bound: socket.socket) -> int:
    service: Service = app.state.service
    await service.start()
    try:
        listen(bound)
    except ConfigError:
        await service.close()
        raise
    server = Server(app, settings)
    host, port = bound.getsockname()[:2]
    log.info(
        facts(
            msg="listening",
            url=f"http://{f'[{host}]' if ':' in host else host}:{port}",
            models=",".join(model.name for model in service.catalogue),
            lanes=service.lanes,
            decoders=service.workers,
            runtime=service.runtime.name,
            reason=service.runtime.reason,
        )
    )
    for passed in service.runtime.passed_over:
        log.info(facts(msg="runtime passed over", runtime=passed.name, reason=passed.reason))
    log_settings(settings, os.environ)
    await server.serve(sockets=[bound])
    log.info(facts(msg="stopped", failed=server.failed))
    return 1 if server.failed else 0

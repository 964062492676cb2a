"""PostgreSQL and Chroma servers of our own, to measure and to test a library on servers with.

They listen on 127.0.0.1, keep their data in a folder, and can be killed and started again.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from index.errors import WhosaidError

START = 60.0  # seconds


class Server:
    """A process that listens on a port; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def ready(self) -> bool:
        raise NotImplementedError

    def user(self) -> str | None:
        """Who runs it; None for whoever runs us."""
        return None

    def start(self) -> Self:
        """Start it on its port, and wait until it answers."""
        log = self.folder / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 -- commands made here
                self.command(),
                stdout=output,
                stderr=output,
                user=self.user(),
                start_new_session=True,
                cwd=self.folder,
            )
        until = time.monotonic() + START
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.command()[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """SIGKILL for it and all of its processes."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=10)
        self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class Chroma(Server):
    """`chroma run` of the chromadb package."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        program = Path(sys.executable).parent / "chroma"
        place = ["--host", "127.0.0.1", "--port", str(self.port), "--path", str(self.folder)]
        return [str(program), "run", *place]

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/api/v2/heartbeat", timeout=2).is_success
        except httpx.TransportError:
            return False


class Postgres(Server):
    """PostgreSQL, of Debian's package `postgresql` or on the PATH.

    It does not run as root; then it is the user `postgres` of the package.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._programs = postgres_programs()
        if self._programs is None:
            raise RuntimeError("There is no PostgreSQL: apt-get install postgresql")

    @property
    def address(self) -> str:
        return self.database("postgres")

    def database(self, name: str) -> str:
        """The address of a database, which `create` makes."""
        return f"postgresql://whosaid@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> str:
        """Make a database; returns its address."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "whosaid", name)
        return self.database(name)

    def user(self) -> str | None:
        return "postgres" if os.geteuid() == 0 else None

    def command(self) -> list[str]:
        # A process that is killed loses nothing without fsync: the system still has it.
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "autovacuum_naptime": "5s",
        }
        given = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [str(self._program("postgres")), "-D", str(self.folder / "data"), *given]

    def ready(self) -> bool:
        ask = ["-h", "127.0.0.1", "-p", str(self.port), "-q"]
        done = subprocess.run([str(self._program("pg_isready")), *ask], check=False)  # noqa: S603
        return done.returncode == 0

    def start(self) -> Self:
        data = self.folder / "data"
        if not data.exists():
            if user := self.user():
                shutil.chown(self.folder, user)
            place = ["-D", str(data), "-U", "whosaid", "-A", "trust", "-E", "UTF8", "-N"]
            self._run("initdb", *place)
        return super().start()

    def stop(self) -> None:
        self._end(signal.SIGINT)  # "fast": SIGTERM waits for the clients

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603
            [str(self._program(program)), *arguments],
            check=False,
            capture_output=True,
            text=True,
            user=self.user(),
            cwd=self.folder,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")

    def _program(self, name: str) -> Path:
        if self._programs is None:
            raise RuntimeError("There is no PostgreSQL")
        return self._programs / name


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs, newest version first; None where there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]),
        reverse=True,
    )
    on_path = shutil.which("postgres")
    return found[0].parent if found else Path(on_path).resolve().parent if on_path else None


def wait_for(
    address: str, seconds: float = 300, process: "subprocess.Popen[bytes] | None" = None
) -> None:
    """Return once a URL gives an answer that is no error.

    Raises:
        WhosaidError: it does not, for so many seconds; or the process that serves it has ended.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(address, timeout=10).is_success:
                return
        except httpx.TransportError:
            pass
        if process is not None and process.poll() is not None:
            raise WhosaidError(f"what should answer at {address} has ended with {process.poll()}")
        if time.monotonic() > until:
            raise WhosaidError(f"{address} does not answer")
        time.sleep(0.05)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

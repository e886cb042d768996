"""
A cluster of Spark on this machine, for nights to build on: a master and two workers, on loopback alone.

`python -m tests.spark_cluster FOLDER measures nightly --engine spark` does a night on one, which writes into
FOLDER.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

HOST = "127.0.0.1"
WORKERS = 2  # of a core each
MEMORY = "1g"  # of each worker's executor
DEPLOY = "org.apache.spark.deploy"
LONGEST_START = 120.0  # seconds
PAUSE = 0.2
NO_LOG = """\
appender.none.type = Null
appender.none.name = none
rootLogger.level = off
rootLogger.appenderRef.none.ref = none
"""  # a log would quote rows


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """
    Run a cluster, which writes into a folder; yield what the environment of a night that builds on it needs.

    It answers nobody without the secret in that folder. Raises RuntimeError when the master does not come up.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    configuration = folder / "conf"
    configuration.mkdir(mode=0o700, parents=True)
    given = {
        "authenticate": "true",
        "authenticate.secret": secrets.token_hex(),
        "driver.bindAddress": HOST,
        "driver.host": HOST,
        "executor.memory": MEMORY,
    }
    lines = "".join(f"spark.{name} {value}\n" for name, value in given.items())
    (configuration / "spark-defaults.conf").write_text(lines, encoding="ascii")
    (configuration / "log4j2.properties").write_text(NO_LOG, encoding="ascii")
    environment = {
        **os.environ,
        "SPARK_CONF_DIR": str(configuration),
        "SPARK_DAEMON_JAVA_OPTS": "-XX:-UsePerfData",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_LOCAL_IP": HOST,
    }
    master = f"spark://{HOST}:{port}"
    worker = ("worker.Worker", "--cores", "1", "--memory", MEMORY, "--work-dir", str(folder / "work"), master)
    with ExitStack() as stack:
        first = start(stack, environment, "master.Master", "--port", str(port))
        until_up(first, port)
        for _ in range(WORKERS):
            start(stack, environment, *worker)
        yield {"SPARK_CONF_DIR": str(configuration), "SPARK_LOCAL_IP": HOST, "CSC_SPARK_MASTER": master}


def start(
    stack: ExitStack, environment: dict[str, str], part: str, *arguments: str
) -> subprocess.Popen[bytes]:
    """Start a part of the cluster, which ends with the stack."""
    spec = find_spec("pyspark")
    assert spec and spec.origin
    process = subprocess.Popen(
        [
            Path(spec.origin).with_name("bin") / "spark-class",
            f"{DEPLOY}.{part}",
            *("--host", HOST, "--webui-port", "0"),
            *arguments,
        ],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(end, process)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """End a part of the cluster: a worker ends its executors first."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(30)
    process.kill()
    process.wait()


def until_up(master: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the master answers."""
    latest = time.monotonic() + LONGEST_START
    while not is_open(port):
        if time.monotonic() > latest or master.poll() is not None:
            raise RuntimeError("The master of the cluster does not come up.")
        time.sleep(PAUSE)


def is_open(port: int) -> bool:
    """Say whether something answers on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def main() -> int:
    """Run a command beside a cluster, and return its exit code."""
    folder, *command = sys.argv[1:]
    with cluster(Path(folder)) as needed:
        return subprocess.run(command, env={**os.environ, **needed}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

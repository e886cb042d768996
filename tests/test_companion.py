"""Programs beside the night: how they end, and how they end it."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest
from jinja2.nativetypes import NativeEnvironment

from csc_measures.night import building, companion
from csc_measures.project import PROJECT
from csc_measures.stop import ExitCode, Stop

ANSWERS = "from csc_measures.night.companion import answering\nwith answering() as answer:\n    "


@pytest.fixture
def why_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Stop]:
    """Give a function that runs a program as a companion that never answers; it returns the Stop."""
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{PROJECT / 'scripts'}")

    def run(program: str) -> Stop:
        (tmp_path / "beside.py").write_text(program)
        log = tmp_path / "companions.log"
        with companion.companion("beside", tmp_path, log) as beside, pytest.raises(Stop) as stop:
            beside.answer()
        return stop.value

    return run


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (ANSWERS + "raise MemoryError", ExitCode.OUT_OF_RESOURCES),
        (ANSWERS + "raise OSError(28, 'CANARY')", ExitCode.OUT_OF_RESOURCES),
        (ANSWERS + "raise OSError(24, 'CANARY')", ExitCode.OUT_OF_RESOURCES),
        (ANSWERS + "raise PermissionError(13, 'CANARY', 'target')", ExitCode.WRONG_SETTINGS),
        (ANSWERS + "raise ValueError('CANARY')", ExitCode.CHECK_FAILED),
        ("raise MemoryError", ExitCode.OUT_OF_RESOURCES),
        ("raise ImportError('beside.so: failed to map segment')", ExitCode.OUT_OF_RESOURCES),
        ("import os; os.kill(os.getpid(), 9)", ExitCode.OUT_OF_RESOURCES),
        ("pass", ExitCode.CHECK_FAILED),
    ],
)
@pytest.mark.fault("F68")
def test_what_ends_a_companion_ends_the_night_for_that_reason(
    program: str, code: int, why_ended: Callable[[str], Stop]
) -> None:
    stop = why_ended(program)
    assert stop.code == code
    assert "CANARY" not in str(stop)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a file that is always full")
def test_a_companion_that_could_not_even_say_so_had_no_room(tmp_path: Path) -> None:
    with (
        companion.companion("this", tmp_path, Path("/dev/full")) as beside,
        pytest.raises(OSError, match="No space left"),
    ):
        beside.ended_early()


NIGHT = """
import sys, time
from pathlib import Path
from csc_measures.night.companion import companion
with companion("beside", Path(sys.argv[1]), Path(sys.argv[1]) / "companions.log") as beside:
    print(beside._process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a companion ends when it next looks")
def test_a_companion_ends_with_a_night_that_is_killed(tmp_path: Path) -> None:
    """Even one that looks at nothing, as while it imports dbt."""
    (tmp_path / "beside.py").write_text("import time\ntime.sleep(60)\n")
    path = f"{tmp_path}{os.pathsep}{PROJECT / 'scripts'}"
    command = [sys.executable, "-c", NIGHT, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as night:
        pid = int(night.stdout.readline())
        night.send_signal(signal.SIGKILL)
    for _ in range(100):
        if not is_running(pid):
            return
        time.sleep(0.05)
    pytest.fail("the companion lives on")


def is_running(pid: int) -> bool:
    """Say whether a process runs: it is there, and not dead and waiting to be noticed."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_companion_has_a_home_and_a_name_for_a_user_without_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    environment = companion.environment_of(tmp_path)
    monkeypatch.setattr(os, "environ", environment)
    assert Path.home() == tmp_path / "target"
    assert getpass.getuser() == "measures"


def test_jinja_compiles_a_text_once_in_each_kind_of_environment() -> None:
    compiled = building.compiling_once(jinja2.Environment.compile)
    as_text, again, natively = jinja2.Environment(), jinja2.Environment(), NativeEnvironment()
    assert compiled(as_text, "{{ 1 }}") is compiled(again, "{{ 1 }}")
    assert compiled(as_text, "{{ 1 }}") is not compiled(natively, "{{ 1 }}")
    assert compiled(as_text, "{{ 1 }}") is not compiled(as_text, "{{ 2 }}")

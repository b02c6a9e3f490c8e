import os
import signal
import subprocess
import sys
from pathlib import Path

from imt_ecrf.cli.together import Part, run_together

WAITS = """
import signal, sys
signal.signal(signal.{}, lambda *_: sys.exit(0))
print("up", flush=True)
signal.pause()
"""
SCRIPT = """
import os, signal, sys
from imt_ecrf.cli.together import Part, run_together
parts = [
    Part("first", (sys.executable, "-c", sys.argv[1])),
    Part("second", (sys.executable, "-c", sys.argv[2]), signal.SIGINT),
]
print("ended:", run_together(parts, os.environ), flush=True)
"""


def test_when_one_part_ends_the_others_are_ended_and_it_is_named() -> None:
    parts = [
        Part("lasting", (sys.executable, "-c", "import signal; signal.pause()")),
        Part("brief", (sys.executable, "-c", "pass")),
    ]
    assert run_together(parts, os.environ) == "brief"


def test_a_part_that_may_die_is_started_again_and_the_others_go_on(tmp_path: Path) -> None:
    told = tmp_path / "starts"
    dies = "import os, sys, time; open(sys.argv[1], 'a').write('x'); time.sleep(0.1); os.kill(os.getpid(), 9)"
    ends = f"import time\nwhile len(open({str(told)!r}).read()) < 3: time.sleep(0.05)"
    told.write_text("")
    parts = [
        Part("jobs", (sys.executable, "-c", dies, str(told)), again=True),
        Part("web", (sys.executable, "-c", ends)),
    ]
    assert run_together(parts, os.environ) == "web"
    assert told.read_text().startswith("xxx")


def test_a_part_that_keeps_dying_ends_all_and_is_named() -> None:
    parts = [
        Part("web", (sys.executable, "-c", "import signal; signal.pause()")),
        Part("jobs", (sys.executable, "-c", "pass"), again=True),
    ]
    assert run_together(parts, os.environ) == "jobs"


def test_a_signal_ends_all_parts_in_good_order_each_by_its_own_signal() -> None:
    command = [sys.executable, "-c", SCRIPT, WAITS.format("SIGTERM"), WAITS.format("SIGINT")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert [running.stdout.readline() for _ in range(2)] == ["up\n", "up\n"]
        running.send_signal(signal.SIGTERM)
        said, complaints = running.communicate()
    # a part killed by a signal it did not expect would have complained
    assert (running.returncode, said, complaints) == (0, "ended: None\n", "")


def test_signals_mean_what_they_meant_when_all_has_ended() -> None:
    before = signal.getsignal(signal.SIGTERM)
    run_together([Part("brief", (sys.executable, "-c", "pass"))], os.environ)
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_a_part_had_started_and_left_behind_is_ended_with_it() -> None:
    leaves = """
import subprocess, sys
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(left.pid, flush=True)
"""
    command = [sys.executable, "-c", SCRIPT, WAITS.format("SIGTERM"), leaves]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        said, _ = running.communicate(timeout=60)  # the pipe ends only when nobody holds it any more
    assert running.returncode == 0
    assert said.endswith("ended: second\n")

"""What is done to the product, by name. Each begins with everything running, and may leave processes booting."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from chaos.scene import Scene
from chaos.site import GRACE_SECONDS, POLL_SECONDS

OUTAGE_SECONDS = (1.5, 3.5)
LONG_OUTAGE_SECONDS = (10.0, 13.0)
CHILDREN_SECONDS = 10.0
# Longer than the product waits for an answer.
STALLED_MS = 1500.0
STEP_SECONDS = 4.0


def worker_killed(scene: Scene) -> None:
    for _ in range(2):
        scene.pause(0.1, 0.5)
        name = scene.a_worker()
        scene.tell(f"SIGKILL to {name}")
        scene.site.kill(name)
        killed = time.monotonic()
        scene.site.spawn(name)
        scene.watch_the_orphans(killed)
        # The next may be the other one of its lane.
        scene.site.wait_until_ready(name)


def worker_frozen(scene: Scene) -> None:
    """For longer than a lease: what it held is done by others, and then by it."""
    name = scene.a_worker()
    with scene.site.frozen(name):
        scene.tell(f"SIGSTOP to {name}")
        frozen = time.monotonic()
        scene.watch_the_orphans(frozen)
        scene.pause(0.0, 1.0)
    scene.pause(0.3, 0.6)


def beat_killed(scene: Scene) -> None:
    scene.site.kill("beat")
    scene.pause(0.5, 2.0)
    scene.site.spawn("beat")


def beat_frozen(scene: Scene) -> None:
    with scene.site.frozen("beat"):
        scene.pause(0.5, 2.5)


def api_killed(scene: Scene) -> None:
    for _ in range(2):
        scene.pause(0.1, 0.5)
        scene.site.kill("api")
        scene.site.spawn("api")
        scene.site.wait_until_ready("api")


def api_child_killed(scene: Scene) -> None:
    for _ in range(3):
        scene.pause(0.2, 0.6)
        scene.dice.choice(scene.site.children("api")).kill()


def api_parent_killed(scene: Scene) -> None:
    """Its children go on for a moment, on the port that the next one wants."""
    children = scene.site.kill_first("api")
    scene.pause(0.0, 0.5)
    scene.site.spawn("api")
    scene.site.wait_until_ready("api")
    scene.until(lambda: not any(child.is_running() for child in children), CHILDREN_SECONDS, "orphaned children end")
    scene.site.bury()


def api_frozen(scene: Scene) -> None:
    child = scene.dice.choice(scene.site.children("api"))
    child.send_signal(signal.SIGSTOP)
    scene.pause(0.5, 1.5)
    child.send_signal(signal.SIGCONT)
    with scene.site.frozen("api"):
        scene.pause(0.5, 1.5)


def valkey_killed(scene: Scene) -> None:
    """And back at once, twice."""
    for _ in range(2):
        _valkey_away(scene, 0.0)
        scene.pause(0.1, 0.5)


def valkey_away(scene: Scene) -> None:
    _valkey_away(scene, scene.dice.uniform(*OUTAGE_SECONDS))


def valkey_away_long(scene: Scene) -> None:
    _valkey_away(scene, scene.dice.uniform(*LONG_OUTAGE_SECONDS))


def valkey_frozen(scene: Scene) -> None:
    scene.hold_to_account()
    with scene.site.frozen("valkey"):
        scene.pause(0.5, 2.0)
    _resume(scene)


def network_away(scene: Scene) -> None:
    """Valkey lives, and nobody reaches it."""
    scene.hold_to_account()
    scene.site.network.leave()
    scene.pause(*OUTAGE_SECONDS)
    scene.hold_to_account()
    scene.heal()
    _resume(scene)


def network_silent(scene: Scene) -> None:
    scene.hold_to_account()
    scene.site.network.silence()
    scene.pause(0.5, 2.5)
    scene.hold_to_account()
    scene.heal()
    _resume(scene)


def replies_cut(scene: Scene) -> None:
    with _cut_replies(scene, scene.dice.uniform(0.02, 0.15)):
        scene.pause(1.5, 2.5)


def throttled(scene: Scene) -> None:
    for _ in range(2):
        allowed = float(scene.dice.choice([0, 5, 20]))
        with scene.site.aws.trouble(iot_throttle_above=allowed, lambda_throttle_above=allowed):
            scene.pause(0.5, 1.2)
        scene.pause(0.1, 0.3)


def errors(scene: Scene) -> None:
    with scene.site.aws.trouble(iot_error_rate=0.3, lambda_error_rate=0.3, iot_control_error_rate=0.3):
        scene.pause(1.5, 2.5)


def resets(scene: Scene) -> None:
    """Of connections to AWS; in the second half when the work is done and the answer is not."""
    with scene.site.aws.trouble(iot_reset_rate=0.3, lambda_reset_rate=0.3, iot_control_reset_rate=0.3):
        scene.pause(0.8, 1.2)
    with scene.site.aws.trouble(lambda_reset_rate=0.2, reset_after_work=True):
        before = scene.site.aws.invokes().get("resets", 0)
        scene.pause(0.8, 1.2)
        # What was on its way when it ended is reset, too.
        calls = scene.site.aws.invokes()
        scene.answers_lost += calls["resets"] - before + calls["inFlight"]


def stalled(scene: Scene) -> None:
    """AWS takes the calls, and answers later than anybody waits."""
    for knob in scene.dice.sample(["iot_latency_ms", "lambda_latency_ms"], 2):
        with scene.site.aws.trouble(**{knob: STALLED_MS}):
            scene.pause(0.8, 1.2)


def rolling_restart(scene: Scene) -> None:
    """SIGTERM to one after the other, as a deploy does it: nothing is done twice."""
    for name in scene.dice.sample(["api", "beat", *scene.site.workers], 2 + len(scene.site.workers)):
        seconds = scene.site.end(name)
        scene.tell(f"SIGTERM to {name} took {seconds:.2f} s")
        if seconds >= GRACE_SECONDS:
            scene.problems.append(f"{name} has not ended within {GRACE_SECONDS:g} s of its SIGTERM")
        scene.site.spawn(name)
        scene.site.wait_until_ready(name)


def clock_stepped(scene: Scene) -> None:
    for _ in range(3):
        scene.pause(0.1, 0.5)
        scene.hold_to_account()
        seconds = scene.dice.uniform(-STEP_SECONDS, STEP_SECONDS)
        scene.tell(f"the clock steps by {seconds:+.1f} s")
        scene.site.store.step_the_clock(seconds)


def everything(scene: Scene) -> None:
    """Processes die on a bad network, with bad answers of AWS, while the clock steps."""
    with ExitStack() as exits:
        rates = {"iot_error_rate": 0.1, "lambda_error_rate": 0.1, "iot_reset_rate": 0.05, "iot_throttle_above": 100.0}
        exits.enter_context(scene.site.aws.trouble(**rates))
        exits.enter_context(_cut_replies(scene, 0.02))
        for what in scene.dice.sample(["worker", "valkey", "clock", "beat", "api"], 4):
            scene.pause(0.1, 0.4)
            scene.hold_to_account()
            scene.tell(f"now {what}")
            match what:
                case "clock":
                    scene.site.store.step_the_clock(scene.dice.uniform(-1.0, 2.0))
                case "valkey":
                    _valkey_away(scene, 0.0, resume=False)
                case _:
                    name = scene.a_worker() if what == "worker" else what
                    scene.site.kill(name)
                    scene.site.spawn(name)


@contextmanager
def _cut_replies(scene: Scene, share: float) -> Iterator[None]:
    network = scene.site.network
    before = network.cuts
    network.cut(share, scene.dice)
    try:
        yield
    finally:
        network.cut(0.0, scene.dice)
        # With a reply that is cut go the requests behind it on the same connection.
        scene.answers_lost += network.cuts - before


def _valkey_away(scene: Scene, seconds: float, *, resume: bool = True) -> None:
    scene.tell(f"SIGKILL to valkey, back after {seconds:.1f} s")
    scene.hold_to_account()
    scene.site.kill("valkey")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        scene.site.interrupts.check()
        time.sleep(POLL_SECONDS)
    scene.site.spawn("valkey")
    scene.site.wait_until_ready("valkey")
    # What was taken between the count and the kill.
    scene.hold_to_account()
    if resume:
        _resume(scene)


def _resume(scene: Scene) -> None:
    back = time.time()
    scene.wait_for_deliveries(back)


FAULTS: dict[str, Callable[[Scene], None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        worker_killed,
        worker_frozen,
        beat_killed,
        beat_frozen,
        api_killed,
        api_child_killed,
        api_parent_killed,
        api_frozen,
        valkey_killed,
        valkey_away,
        valkey_away_long,
        valkey_frozen,
        network_away,
        network_silent,
        replies_cut,
        throttled,
        errors,
        resets,
        stalled,
        rolling_restart,
        clock_stepped,
        everything,
    )
}

"""AWS is called no faster than the caps allow, whoever calls, and slower after throttling."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from sandbox import Fault, RunningSandbox
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.conftest import quick_settings
from tests.worker.fakes import FakeAws
from worker.aws import Aws
from worker.call_counts import CallCounts
from worker.connection import connect
from worker.failures import PermanentError, RetryableError
from worker.pace import Pace
from worker.paced_aws import PacedAws


def calls(paces: list[Pace], seconds: float) -> list[float]:
    """When the places came, with four threads for each of *paces*, from the first on."""
    came: list[float] = []
    end = time.monotonic() + seconds

    def take(pace: Pace) -> None:
        while time.monotonic() < end:
            pace.wait()
            came.append(time.monotonic())

    threads = [threading.Thread(target=take, args=(pace,)) for pace in paces for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return [at - min(came) for at in came]


def test_two_workers_share_one_cap(redis: "Redis") -> None:
    came = calls([Pace(redis, "iot", 200), Pace(redis, "iot", 200)], 1.5)

    # A quarter of a second's calls may come at once after a pause.
    assert len([at for at in came if at < 1.0]) <= 200 + 50 + 20
    assert len([at for at in came if 0.4 <= at < 1.4]) <= 200 * 1.1


def test_each_service_has_its_own_pace(redis: "Redis") -> None:
    Pace(redis, "iot", 100).slow_down()
    Pace(redis, "lambda", 100).wait()

    assert float(str(redis.hget("shadow-sync:pace:lambda", "rate"))) == 100


def test_a_wait_that_would_be_long_is_work_for_later(redis: "Redis") -> None:
    with ThreadPoolExecutor(6) as six:
        waits = [six.submit(Pace(redis, "iot", 1).wait) for _ in range(6)]
    refused = [error for error in (wait.exception() for wait in waits) if error]

    assert 1 <= len(refused) < 6
    for error in refused:
        assert isinstance(error, RetryableError)
        assert error.throttled
        assert error.retry_after > 2


def test_no_place_is_further_off_than_the_longest_wait_even_when_throttling_has_cut_the_pace(redis: "Redis") -> None:
    pace = Pace(redis, "iot", 100, longest_wait=0.3)
    redis.hset("shadow-sync:pace:iot", mapping={"rate": 5, "at": time.time() * 1000, "next": time.time() * 1000})
    began = time.monotonic()

    with ThreadPoolExecutor(5) as five:
        waits = [five.submit(pace.wait) for _ in range(5)]
    refused = [wait for wait in waits if wait.exception()]

    assert 0 < len(refused) < 5
    assert time.monotonic() - began < 0.5


def test_who_waits_for_a_store_that_is_slow_gives_his_turn_up_in_time(own_valkey: Valkey) -> None:
    settings = quick_settings(own_valkey.url, redis_timeout_seconds=1.0)
    client = connect(settings, connections=4)
    pace = Pace(client, "iot", 1, longest_wait=0.2)
    pace.wait()
    with own_valkey.frozen(), ThreadPoolExecutor(4) as four:
        began = time.monotonic()
        failures = [wait.exception() for wait in [four.submit(pace.wait) for _ in range(4)]]
        waited = time.monotonic() - began
    client.connection_pool.disconnect()

    assert sorted(type(failure).__name__ for failure in failures) == ["PacedError"] * 3 + ["TimeoutError"]
    assert waited < 2.0


def test_throttling_slows_everybody_down_at_once_and_only_once_a_second(redis: "Redis") -> None:
    one, other = Pace(redis, "iot", 100), Pace(redis, "iot", 100)
    one.slow_down()
    other.slow_down()

    rate = redis.hget("shadow-sync:pace:iot", "rate")

    assert float(str(rate)) == 70


def test_what_throttling_has_cut_comes_back(redis: "Redis") -> None:
    pace = Pace(redis, "iot", 100)
    pace.slow_down()
    # Two seconds ago, by the store's clock.
    at = float(str(redis.hget("shadow-sync:pace:iot", "at")))
    redis.hset("shadow-sync:pace:iot", "at", str(at - 2000))

    pace.wait()

    assert float(str(redis.hget("shadow-sync:pace:iot", "rate"))) == pytest.approx(90, abs=1)


def test_every_call_takes_a_place_and_a_throttled_one_cuts_the_pace(
    aws: Aws, redis: "Redis", sandbox: RunningSandbox
) -> None:
    taken: Counter[str] = Counter()

    class Counting(Pace):
        def wait(self) -> None:
            taken[self._service] += 1

    iot, lambda_ = Counting(redis, "iot", 100), Counting(redis, "lambda", 100)
    paced = PacedAws(lambda: aws, iot, lambda_, CallCounts())
    for number in range(101):
        sandbox.seed("lock", f"s{number}", {"a": 1})

    assert sum(map(len, paced.named_shadows("lock"))) == 101
    assert taken == {"iot": 2}
    paced.shadow("lock", "s1")
    paced.invoke(b"{}")
    assert taken == {"iot": 3, "lambda": 1}
    sandbox.fail_next("GetThingShadow", Fault.THROTTLE)
    with pytest.raises(RetryableError):
        paced.shadow("lock", "s1")
    assert float(str(redis.hget("shadow-sync:pace:iot", "rate"))) == 70


def test_other_failures_do_not_slow_down(redis: "Redis") -> None:
    aws = FakeAws("shadow", PermanentError("no"))
    paced = PacedAws(lambda: aws, Pace(redis, "iot", 100), Pace(redis, "lambda", 100), CallCounts())

    with pytest.raises(PermanentError):
        paced.shadow("lock", "config")

    assert float(str(redis.hget("shadow-sync:pace:iot", "rate"))) == 100


def test_what_is_urgent_does_not_wait_behind_what_is_not(redis: "Redis") -> None:
    many, one = Pace(redis, "iot", 50, longest_wait=1.5), Pace(redis, "iot", 50, longest_wait=1.5, urgent=True)
    with ThreadPoolExecutor(60) as sixty:
        waiting = [sixty.submit(many.wait) for _ in range(60)]
        until(lambda: redis.exists("shadow-sync:pace:iot"), what="some wait")
        began = time.monotonic()
        one.wait()
        waited = time.monotonic() - began
        left = sum(not wait.done() for wait in waiting)

    assert left > 20
    assert waited < 0.3


def test_places_that_nobody_took_in_time_are_no_burst_later(redis: "Redis") -> None:
    pace = Pace(redis, "iot", 100, burst=0.0)
    # It has taken a batch of places, of which one is used.
    pace.wait()
    following = float(str(redis.hget("shadow-sync:pace:iot", "next"))) / 1000
    until(lambda: time.time() > following + 0.2, what="the others are missed")

    came = calls([pace], 0.5)

    assert len([at for at in came if at < 0.2]) <= 20 + 2


def test_a_job_is_no_faster_than_it_asked_to_be_whoever_works_for_it(redis: "Redis") -> None:
    paces = [Pace(redis, "job:1", 150, burst=0.0) for _ in range(4)]

    came = calls(paces, 2.2)

    for begin in (0.0, 0.25, 0.5, 0.75, 1.0):
        assert len([at for at in came if begin <= at < begin + 1]) <= 150 * 1.05
    assert len([at for at in came if at < 2]) >= 300 * 0.9


def test_one_who_calls_now_and_then_does_not_wait_for_the_places_that_he_left_unused(redis: "Redis") -> None:
    pace = Pace(redis, "iot", 100_000, urgent=True)
    began, waited = time.monotonic(), []
    while time.monotonic() < began + 0.5:
        called = time.monotonic()
        pace.wait()
        waited.append(time.monotonic() - called)
        time.sleep(0.004)

    # Each batch is a twentieth of a second: who waited for the end of each would do little else.
    assert sum(waited) < 0.25

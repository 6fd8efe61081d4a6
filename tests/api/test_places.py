"""Who gets a thread of a share that is busy."""

import threading
from concurrent.futures import ThreadPoolExecutor

from api.places import Places, stepping_aside
from tests.waiting import until


def test_there_are_as_many_places_as_said_and_each_is_given_out_again() -> None:
    places = Places(2)
    assert [places.take(0.0) for _ in range(3)] == [True, True, False]
    places.give_back()
    assert [places.take(0.0) for _ in range(2)] == [True, False]


def test_who_waits_is_not_overtaken_by_who_comes_later() -> None:
    places = Places(1)
    assert places.take(0.0)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(places.take, 20.0)
        until(lambda: len(places._waiting) == 1, what="the first waits")
        places.give_back()
        assert not places.take(0.0)
        assert first.result(20)


def test_who_has_waited_in_vain_leaves_no_place_taken() -> None:
    places = Places(1)
    assert places.take(0.0)
    assert not places.take(0.01)
    places.give_back()
    assert places.take(0.0)


def test_no_place_gets_lost_where_many_wait_and_give_up() -> None:
    places, inside, most = Places(3), threading.Semaphore(3), []

    def come(number: int) -> None:
        for turn in range(200):
            if places.take((number + turn) % 3 * 0.0001):
                most.append(inside.acquire(blocking=False))
                inside.release()
                places.give_back()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(come, range(8)))
    assert all(most)
    assert [places.take(0.0) for _ in range(4)] == [True, True, True, False]


def test_who_steps_aside_lets_another_in_and_comes_back_when_that_one_has_left() -> None:
    places = Places(1)

    def leave_when_the_other_waits() -> None:
        until(lambda: len(places._waiting) == 1, what="the first is back")
        places.give_back()

    assert places.take(0.0)
    places.hold()
    with ThreadPoolExecutor() as threads:
        with stepping_aside():
            assert places.take(0.0)
            threads.submit(leave_when_the_other_waits)
        assert not places.take(0.0)
    places.leave()
    places.leave()
    assert [places.take(0.0) for _ in range(2)] == [True, False]

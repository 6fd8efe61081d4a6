"""The webhook and the admins share the threads: a flood of the one leaves the other's share alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.api.webhook import Webhook, event, running_webhook
from tests.conftest import Valkey
from tests.waiting import until


def test_a_flood_of_events_is_sent_away_at_once_and_the_admins_are_served(webhook: Webhook) -> None:
    webhook.table.turn(spacetimedb_latency_ms=2_000.0)
    with ThreadPoolExecutor(20) as threads:
        flood = [threads.submit(webhook.deliver, event(shadowName=f"shadow-{number}")) for number in range(20)]
        answers = [webhook.door.sync() for _ in range(10)]
        ended = [delivery.result(30) for delivery in flood]
    assert [answer.status for answer in answers] == [202] * 10
    assert max(answer.seconds for answer in answers) < 2
    refused = [answer for answer in ended if answer.status == 503]
    # 8 threads, a quarter of them for the webhook; where the flood is slow, they are free again before its end.
    assert 2 <= len(ended) - len(refused) <= 6
    assert {answer.status for answer in ended} == {200, 503}
    assert {answer.headers["Retry-After"] for answer in refused} == {"1"}
    assert max(answer.seconds for answer in refused) < 2


def test_places_are_free_again_after_every_kind_of_answer(webhook: Webhook) -> None:
    for _ in range(3):
        webhook.table.fail_next("CallReducer", "error")
        statuses = [webhook.deliver(sent).status for sent in (event(), b"no JSON", event(), b" " * 2_000_000)]
        assert statuses == [503, 400, 200, 413]
        assert webhook.deliver(event(), {"X-API-Key": "wrong"}).status == 401
    assert webhook.deliver(event()).status == 200


def test_events_land_while_admins_wait_for_a_frozen_redis(own_valkey: Valkey, tmp_path: Path) -> None:
    with running_webhook(own_valkey.url, tmp_path, REDIS_TIMEOUT_SECONDS="4") as webhook:
        assert webhook.deliver(event()).status == 200
        with own_valkey.frozen(), ThreadPoolExecutor(12) as threads:
            flood = [threads.submit(webhook.door.sync) for _ in range(12)]
            # Of 8 threads 6 are the admins'.
            until(lambda: len([one for one in flood if one.done()]) >= 6, what="those without a place are sent away")
            answer = webhook.deliver(event(version=8))
            busy = [one for one in flood if not one.done()]
            assert len(busy) == 6
            refused = [one.result() for one in flood if one.done()]
        assert (answer.status, answer.json) == (200, {"status": "landed"})
        assert answer.seconds < 3
        assert {(one.status, one.headers["Retry-After"]) for one in refused} == {(503, "1")}


def test_admins_who_come_all_at_once_wait_for_their_turn(webhook: Webhook) -> None:
    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: webhook.door.sync(), range(200)))
    served = [answer for answer in answers if answer.status == 202]
    # 6 at a time: without a queue most would be turned away. With one nobody is, unless this machine stops for seconds.
    assert len(served) >= 150
    refused = [answer for answer in answers if answer.status != 202]
    assert {(answer.status, "Retry-After" in answer.headers) for answer in refused} <= {(503, True)}

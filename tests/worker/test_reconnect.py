"""After an outage of the broker, however long, a worker is back within seconds."""

import pytest
from kombu.exceptions import OperationalError

from tests.conftest import free_port
from tests.worker.conftest import quick_settings
from worker.broker import make_celery


def test_a_worker_looks_again_soon_whether_the_broker_is_back() -> None:
    app = make_celery(quick_settings(f"redis://127.0.0.1:{free_port()}/0"))
    pauses = list[float]()

    with app.connection_for_read() as connection, pytest.raises(OperationalError):
        connection.ensure_connection(lambda _, pause: pauses.append(pause), max_retries=2)

    assert pauses
    assert max(pauses) <= 1

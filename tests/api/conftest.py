"""One API that most tests share, and the job store it uses, through which tests do what workers would."""

from collections.abc import Iterator

import pytest

from tests.api.door import Door, running_api
from tests.api.jobs import Jobs
from tests.api.webhook import Webhook, running_webhook
from tests.conftest import Valkey


@pytest.fixture(scope="session")
def shared_door(shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with running_api(shared_valkey.url, tmp_path_factory.mktemp("api")) as door:
        yield door


@pytest.fixture
def door(shared_door: Door, redis_url: str) -> Door:
    """The API, with an empty job store."""
    del redis_url
    return shared_door


@pytest.fixture
def jobs(redis_url: str) -> Iterator[Jobs]:
    with Jobs.at(redis_url) as jobs:
        yield jobs


@pytest.fixture(scope="session")
def shared_webhook(shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webhook]:
    with running_webhook(shared_valkey.url, tmp_path_factory.mktemp("webhook")) as webhook:
        yield webhook


@pytest.fixture
def webhook(shared_webhook: Webhook, redis_url: str) -> Webhook:
    """An API with a webhook that has seen no event, and an empty table."""
    del redis_url
    shared_webhook.table.reset(shadows=True)
    return shared_webhook

"""The command, called in this process, against a service of the test's own."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from cli.main import shadow_sync
from tests.cli.service import Service, serving

Command = Callable[..., Result]


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as service:
        yield service


@pytest.fixture
def command(service: Service) -> Command:
    """Run `shadow-sync` with the words given, bytes as its standard input, and *service* in its environment; keywords
    change the environment.
    """

    def run(*words: str, stdin: bytes = b"", **environment: str | None) -> Result:
        result = CliRunner().invoke(shadow_sync, words, input=stdin, env={**service.environment, **environment})
        # Whatever the command says, it says without showing what it was trusted with.
        assert "the-key" not in result.output
        assert "the-token" not in result.output
        return result

    return run

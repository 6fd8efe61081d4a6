"""The whole product on a Redis that is behind TLS and lets one user do what SECURITY.md says, and no more."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from redis import Redis

from sandbox import RunningSandbox, running
from tests.api.door import Door, credentials, running_api
from tests.api.webhook import PATH, WEBHOOK_KEY, settings
from tests.conftest import Valkey, free_port
from tests.operations.canary import Quoting, Secrets, quoting, seed
from tests.operations.conftest import FLOWER, LOGIN, Flower
from tests.operations.deployment import ROOT
from tests.operations.seen import Metrics
from tests.tls import tls_before
from tests.worker.conftest import quick_settings
from tests.worker.processes import Process, started
from tests.worker.site import BEAT, WORKER

KEY = "canary-keepers-key"
USER, PASSWORD, ADMINS = "shadow-sync", "correct-horse-battery", "staple-battery"
HANDLER, BUS = "pipeline.shadow_to_eventbridge:handler", "shadow-updates"
RULE = (
    "SELECT current.state.reported AS reported, current.state.desired AS desired, current.metadata AS metadata, "
    "current.version AS version, topic(3) AS thingName, topic(6) AS shadowName, timestamp AS timestamp, "
    "regexp_substr(current.state.reported.name, current.state.reported.pattern) AS a, "
    "cast(current.state.reported.pin AS Decimal) AS b, decode(current.state.reported.pin, 'base64') AS c, "
    "parse_time(current.state.reported.date, current.state.reported.pin) AS d, abs(current.state.reported.pin) AS e "
    "FROM '$aws/things/+/shadow/name/+/update/documents'"
)


def documented_acl() -> list[str]:
    """The rules that SECURITY.md gives for the product's user."""
    [line] = re.findall(rf"^user {USER} on >\S+ (.+)$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    return str(line).split()


class Secured:
    """What runs, and what everybody has said. *admin* is a client that may do everything, past the TLS."""

    def __init__(
        self,
        valkey: Valkey,
        valkey_folder: Path,
        sandbox: RunningSandbox,
        network: Quoting,
        door: Door,
        metrics: Metrics,
    ) -> None:
        self.valkey, self.sandbox, self.network, self.door, self.metrics = valkey, sandbox, network, door, metrics
        self.admin = Redis.from_url(valkey.url, username="admin", password=ADMINS, socket_timeout=5)
        self.valkey_folder = valkey_folder
        self.processes: dict[str, Process] = {}
        self.flower: Flower

    def logs(self) -> dict[str, bytes]:
        told = {name: process.log.read_bytes() for name, process in self.processes.items()}
        return told | {"api": self.door.log_file.read_bytes()}


@contextmanager
def secured(folder: Path) -> Iterator[Secured]:
    secrets = Secrets()
    with ExitStack() as exits:
        valkey = Valkey(folder / "valkey")
        valkey.start()
        exits.callback(valkey.kill)
        with Redis.from_url(valkey.url, socket_timeout=5) as client:
            client.execute_command("ACL", "SETUSER", "admin", "on", f">{ADMINS}", "~*", "&*", "+@all")
            client.execute_command("ACL", "SETUSER", USER, "reset", "on", f">{PASSWORD}", *documented_acl())
            client.execute_command("ACL", "SETUSER", "default", "off")
        port = int(valkey.url.rpartition(":")[2].partition("/")[0])
        tls = exits.enter_context(tls_before(port, folder / "tls"))
        url = f"rediss://{USER}:{PASSWORD}@127.0.0.1:{tls.port}/0?ssl_ca_certs={tls.authority}"
        sandbox = exits.enter_context(
            running(lambda_handler=HANDLER, lambda_environment={"EVENT_BUS_NAME": BUS}, wait_scale=0.05)
        )
        seed(sandbox, secrets)
        network = exits.enter_context(quoting(sandbox.url, secrets))
        places = settings(
            network.url, sandbox.spacetimedb_token, LOG_LEVEL="DEBUG", CONFIRM_ABOVE="5", FAILED_AUTH_PER_MINUTE="5"
        )
        metrics_port, flower_port = free_port(), free_port()
        logs = folder / "logs"
        logs.mkdir()
        times = {
            name: str(value) for name, value in quick_settings(url).model_dump().items() if name.endswith("seconds")
        }
        theirs = {
            **sandbox.environment(),
            **{f"SHADOW_SYNC_{name.upper()}": value for name, value in times.items()},
            **places,
            "SHADOW_SYNC_REDIS_URL": url,
            "AWS_ENDPOINT_URL_LAMBDA": network.url,
            "SHADOW_SYNC_RULE_SQL": RULE,
            "SHADOW_SYNC_RULE_SQL_VERSION": "2016-03-23",
            "SHADOW_SYNC_IOT_TIMEOUT_SECONDS": "0.5",
            "SHADOW_SYNC_LAMBDA_TIMEOUT_SECONDS": "1",
            "SHADOW_SYNC_LEASE_SECONDS": "3",
            "SHADOW_SYNC_LANDING_TIMEOUT": "2",
            "SHADOW_SYNC_METRICS_BIND": f"127.0.0.1:{metrics_port}",
        }
        processes: dict[str, Process] = {}
        login = {"FLOWER_BASIC_AUTH": LOGIN, "FLOWER_PORT": str(flower_port)}
        # One for both lanes: it gives way to nobody, however busy the machine is.
        worker = [*WORKER, "-Q", "interactive,bulk"]
        for name, command in {"worker": worker, "beat": BEAT, "flower": FLOWER}.items():
            environment = {**theirs, **login} if name == "flower" else theirs
            processes[name] = exits.enter_context(started(command, environment, logs / name))
        places["SHADOW_SYNC_ADMIN_API_KEYS"] = f"ops:{sha256(KEY.encode()).hexdigest()}"
        door = replace(exits.enter_context(running_api(url, folder, **places)), credentials=credentials(KEY))
        sandbox.route(f"{door.url}{PATH}", key=WEBHOOK_KEY, event_bus=BUS)
        site = Secured(valkey, folder / "valkey", sandbox, network, door, Metrics(metrics_port))
        exits.callback(site.admin.close)
        site.processes = processes
        site.flower = Flower(flower_port)
        exits.callback(site.flower.close)
        processes["worker"].wait_until_ready()
        processes["flower"].wait_until(site.flower.alive, what="Flower answers")
        processes["beat"].wait_until(site.metrics.answers, what="beat serves the metrics")
        yield site

"""Starting what is hurt, as the Procfile says, with settings that make a run short."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chaos.aws import Aws
from chaos.network import Network
from chaos.site import GRACE_SECONDS, Site
from chaos.store import Store
from chaos.valkey import Valkey
from cli.embedded import start_sandbox
from cli.interrupts import Interrupts
from cli.product import ROOT, procfile
from cli.stack import Stack
from cli.surroundings import Login, for_the_product, free_ports

LEASE_SECONDS = 3.0
# Short, so that a run is; in the proportions of the defaults. Attempts enough for any trouble.
SETTINGS = {
    "REDIS_TIMEOUT_SECONDS": 1.0,
    "AWS_CONNECT_TIMEOUT_SECONDS": 0.3,
    "IOT_TIMEOUT_SECONDS": 0.5,
    "LAMBDA_TIMEOUT_SECONDS": 0.5,
    "LEASE_SECONDS": LEASE_SECONDS,
    "GRACE_SECONDS": 0.5,
    "RECONCILE_SECONDS": 0.2,
    "BACKOFF_SECONDS": 0.05,
    "BACKOFF_CAP_SECONDS": 0.5,
    "MAX_ATTEMPTS": 50,
    "WORKER_THREADS": 8,
    "API_THREADS": 16,
    "WINDOW": 60,
    "IOT_TPS": 500,
    "LAMBDA_TPS": 500,
    "THING_TPS": 1000,
}
FLEET_SHADOWS = 3


@contextmanager
def running(
    interrupts: Interrupts, *, things: int, workers: int, seed: int, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Site]:
    """A site with all its processes ready."""
    with Stack(ROOT, interrupts, grace=GRACE_SECONDS) as stack:
        site = _build(stack, interrupts, things, workers, seed)
        try:
            tell("Starting Valkey, API, workers and beat ...")
            for name in site.commands:
                site.spawn(name)
                if name == "valkey":
                    site.wait_until_ready(name)
            site.wait_until_whole()
            yield site
        finally:
            site.stop()


def _build(stack: Stack, interrupts: Interrupts, things: int, workers: int, seed: int) -> Site:
    """A sandbox with *things* Things, and all that is needed to start the product with that many workers a lane."""
    stack.wave()
    valkey = Valkey(stack.folder)
    network, aws = (
        Network(valkey.port),
        Aws(start_sandbox(stack, "--fleet", f"{things}x{FLEET_SHADOWS}", "--seed", str(seed))),
    )
    login, [api_port], lines = Login(), free_ports(1), procfile()
    lanes = {"worker": "interactive", "bulk": "bulk"}
    named = {f"{kind}.{n}": kind for n in range(1, workers + 1) for kind in lanes}
    kinds = {"api": "api", "beat": "beat", **named}
    product = for_the_product(
        login, redis_url=valkey.url(network.port), aws_url=aws.url, api_port=api_port, flower_port=0
    )
    return Site(
        stack,
        interrupts,
        valkey,
        network,
        aws,
        Store(valkey.url(valkey.port)),
        login.access(f"http://127.0.0.1:{api_port}"),
        workers={name: lanes[kind] for name, kind in named.items()},
        commands={"valkey": valkey.command}
        | {name: ["/bin/sh", "-c", f"exec {lines[kind]}"] for name, kind in kinds.items()},
        environment=product | {f"SHADOW_SYNC_{name}": str(value) for name, value in SETTINGS.items()},
    )

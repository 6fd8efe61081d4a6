"""What anybody would write first: a loop over boto3, in one thread or in a pool. Run as a process of its own.

Prints one JSON line: shadows, seconds, CPU seconds of this process, from the first call to the last, after
some that are not measured.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config


def main(threads: int, things: list[str]) -> None:
    config = Config(max_pool_connections=max(threads, 10))
    iot_data, functions = boto3.client("iot-data", config=config), boto3.client("lambda", config=config)

    def deliver(thing: str, shadow: str) -> None:
        document = json.loads(iot_data.get_thing_shadow(thingName=thing, shadowName=shadow)["payload"].read())
        event = {
            **{name: document["state"][name] for name in ("reported", "desired") if name in document["state"]},
            "metadata": document["metadata"],
            "version": document["version"],
            "thingName": thing,
            "shadowName": shadow,
            "timestamp": int(time.time()),
        }
        functions.invoke(FunctionName="shadow_to_eventbridge", Payload=json.dumps(event))["Payload"].read()

    def listed(thing: str) -> list[tuple[str, str]]:
        page = iot_data.list_named_shadows_for_thing(thingName=thing, pageSize=100)
        return [(thing, shadow) for shadow in page["results"]]

    with ThreadPoolExecutor(threads) as pool:
        # What is measured has its connections.
        list(pool.map(lambda pair: deliver(*pair), [pair for thing in things[:threads] for pair in listed(thing)]))
        began, cpu = time.perf_counter(), time.process_time()
        pairs = [pair for pairs in pool.map(listed, things) for pair in pairs]
        list(pool.map(lambda pair: deliver(*pair), pairs))
    measured = {"shadows": len(pairs), "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

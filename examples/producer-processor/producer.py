"""Sends numbers to whoever does statistics, and prints the answer. PYTHONPATH=clients/python python3 examples/producer-processor/producer.py"""

import json

from granger_hub import Hub

with Hub() as hub:
    hub.register("Producer", {"description": "Produces numbers"})
    reply = hub.request(capability="statistics", payload={"numbers": list(range(10))}, sender="Producer")
    print(json.dumps({"from": reply["from"], **reply["payload"]}))

"""Reads a CAP feed as any Atom reader would, and plays the demo scenario for those who want its messages."""

import json
import subprocess

from lxml import etree

from support.broker_process import BIN, SOURCE
from support.http_client import HttpClient

ATOM = "{http://www.w3.org/2005/Atom}"
SCENARIO = SOURCE / "tools/scenario/demo.json"
PLAY_TIME_S = 300
CHASE = ("--escalate-unreceived-after", "1")  # seconds; the demo waits for a call
PAGES_MAX = 100


def play_scenario(broker):
    """Plays the demo against a broker; raises if a service lacks something."""
    subprocess.run([str(BIN / "gjallar"), "play", str(SCENARIO), "--json", "--dev-dir", str(broker.dev_dir), "--endpoint",
                    broker.grpc_address, "--http", broker.http_address], stdin=subprocess.DEVNULL, check=True,
                   stdout=subprocess.DEVNULL, timeout=PLAY_TIME_S)


def scenario_services():
    """The scenario's services as the directory takes them."""
    wanted = ("service_id", "name", "areas", "roles", "minimum_grade")
    return [{key: service[key] for key in wanted if key in service}
            for service in json.loads(SCENARIO.read_text())["services"]]


def link(element, relation):
    """The address of a link, or None."""
    for found in element.findall(ATOM + "link"):
        if found.get("rel") == relation:
            return found.get("href")
    return None


def pages(client, path="/cap/feed.atom"):
    """The feed's pages from the latest to the oldest, as elements."""
    found = []
    while path and len(found) < PAGES_MAX:
        answer = client.get(path)
        assert answer.status == 200, answer
        found.append(etree.fromstring(answer.text.encode()))
        path = link(found[-1], "prev-archive")
    assert path is None, "the feed has no end"
    return found


def entries(client, path="/cap/feed.atom"):
    """All entries, the latest first."""
    return [entry for page in pages(client, path) for entry in page.findall(ATOM + "entry")]


def messages(broker, principal="coordinator"):
    """All messages that a principal may see, in the order in which they happened: documents in bytes."""
    client = HttpClient(broker, principal)
    documents = []
    for entry in reversed(entries(client)):
        answer = client.get(link(entry, "alternate"))
        assert answer.status == 200, answer
        documents.append(answer.text.encode())
    return documents

"""Every event of the demo scenario as CAP, and messages of other systems with all that CAP doesn't know, as they come out
again: against the schema of OASIS, which is not part of the project.

    /usr/bin/python3 tests/schema/validate_cap.py SCHEMA.xsd

Needs a built broker (GJALLAR_BIN, or build/dev/bin). Fails if the schema is missing, if there are too few messages, or if
one of them isn't valid."""

import pathlib
import sys

from lxml import etree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import cap_feed, cap_foreign, cap_rules  # noqa: E402
from support.broker_process import Broker  # noqa: E402
from support.http_client import HttpClient  # noqa: E402

MESSAGES_MIN = 45


def post_foreign(broker):
    """Posts messages of other systems, each by the police; the messages that come out of them."""
    police = HttpClient(broker, "police")
    out = []
    for document in cap_foreign.documents():
        answer = police.post("/cap/alerts", document)
        assert answer.status in (200, 201), (answer, document)
        out.append(police.get(f"/cap/alerts/{answer.json['cursor']}.xml").text.encode())
    return out


def main(path):
    schema_file = pathlib.Path(path)
    if not schema_file.is_file():
        return f"the schema {schema_file} is missing"
    schema = etree.XMLSchema(etree.parse(str(schema_file)))
    with Broker(*cap_feed.CHASE) as broker:
        cap_feed.play_scenario(broker)
        documents = cap_feed.messages(broker)
        if len(documents) < MESSAGES_MIN:
            return f"only {len(documents)} messages came out"
        foreign = post_foreign(broker)
    for document in documents + foreign:
        message = cap_rules.parse(document)
        if not schema.validate(message):
            return f"{cap_rules.text(message, 'identifier')}: {schema.error_log.last_error}"
    for document in foreign:
        if b"gjallar:extension" not in document:
            return "a message came out without what CAP doesn't know in it"
    print(f"{len(documents)} messages and {len(foreign)} of other systems are valid by {schema_file.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "usage: validate_cap.py SCHEMA.xsd")

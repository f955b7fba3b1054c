"""Server-Sent Events as a browser's EventSource reads them, here by http.client alone."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import Broker  # noqa: E402
from support.http_client import HttpClient, register_services, seizure  # noqa: E402

PREFIX = "gjallar.v1."


class EventSource:
    """Reads one stream; each event is a dictionary of its lines, with `data` parsed."""

    def __init__(self, client, query="", **headers):
        self.connection = client.connect()
        self.connection.request("GET", "/v1/events" + query, headers={**client.headers, **headers})
        self.response = self.connection.getresponse()

    def event(self):
        """The next event; None at the end of the stream."""
        lines = []
        while True:
            line = self.response.readline().decode()
            if line == "":
                return None
            if line == "\n":
                break
            lines.append(line.rstrip("\n").split(": ", 1))
        event = dict(lines)
        assert len(event) == len(lines), lines
        event["data"] = json.loads(event["data"])
        return event

    def until(self, kind):
        """The events up to and including the first of a type."""
        events = []
        while True:
            event = self.event()
            if event is None:
                raise AssertionError(f"the stream ended before {kind}: {[one['event'] for one in events]}")
            events.append(event)
            if event["event"] == PREFIX + kind:
                return events

    def close(self):
        self.connection.close()


class Sse(unittest.TestCase):
    def setUp(self):
        self.broker = Broker("--heartbeat-ms", "200").start()
        self.addCleanup(self.broker.close)
        register_services(self.broker)
        self.police = HttpClient(self.broker, "police")
        self.clinic = HttpClient(self.broker, "laro-malmo")

    def issue(self, **content):
        answer = self.police.post("/v1/alerts", seizure(**content))
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def source(self, client=None, query="", **headers):
        source = EventSource(client or self.clinic, query, **headers)
        self.addCleanup(source.close)
        self.assertEqual(source.response.status, 200, source.response.headers)
        self.assertEqual(source.response.headers["Content-Type"], "text/event-stream")
        return source

    def test_events_come_with_their_cursor_type_and_cloudevent(self):
        held = self.issue()
        source = self.source()
        start = source.until("caughtup")
        self.assertEqual([one["event"] for one in start], [PREFIX + kind for kind in ("hello", "state", "caughtup")])
        self.assertNotIn("id", start[0])
        self.assertNotIn("id", start[1])
        self.assertEqual(start[1]["data"]["data"]["alert"]["alertId"], held["alertId"])
        self.assertEqual(start[2]["id"], start[2]["data"]["cursor"])
        new = self.issue(headline="Ny")
        event = source.until("alert.issued")[-1]
        self.assertEqual(event["id"], new["cursor"])
        self.assertEqual(event["data"]["type"], event["event"])
        self.assertEqual(event["data"]["subject"], new["alertId"])
        self.assertEqual(event["data"]["seq"], new["seq"])
        self.assertEqual(event["data"]["data"]["payload"]["alert"]["content"]["texts"][0]["headline"], "Ny")
        beat = source.until("heartbeat")[-1]
        self.assertEqual(beat["id"], beat["data"]["cursor"])
        self.assertIn(new["seq"], beat["data"]["data"]["recentSeqs"])

    def test_a_browser_goes_on_after_its_last_event_id(self):
        first, second = self.issue(headline="Ett"), self.issue(headline="Tva")
        source = self.source(query="?after=0", **{"Last-Event-ID": first["cursor"]})
        events = source.until("caughtup")
        issued = [one["data"] for one in events if one["event"] == PREFIX + "alert.issued"]
        self.assertEqual([(one["seq"], one["overtaking"]) for one in issued],
                         [(second["seq"], "true"), (second["seq"], "false")])
        self.assertEqual([one["id"] for one in events if "id" in one][0], second["cursor"])
        for query, headers in (("?cursor=nonsense", {}), ("", {"Last-Event-ID": "nonsense"}), ("?after=x", {})):
            refused = self.clinic.call("GET", "/v1/events" + query, headers=headers)
            self.assertEqual(refused.status, 400, refused)

    def test_all_history_is_replayed_in_order(self):
        seqs = [self.issue(headline=f"Nummer {number}")["seq"] for number in range(20)]
        events = self.source(query="?after=0").until("caughtup")
        self.assertEqual([one["data"]["seq"] for one in events if one["event"] == PREFIX + "alert.issued"], seqs)

    def test_the_ledger_knows_that_it_was_written_but_not_received(self):
        source = self.source()
        source.until("caughtup")
        outcome = self.issue(areas=["SE-1280"], roles=["laro"])
        source.until("alert.issued")
        source.until("heartbeat")
        entry = {}
        while "written" not in entry:  # receipts are recorded off the live path; ctest's own timeout ends a failure
            entry = self.police.get(f"/v1/alerts/{outcome['alertId']}/delivery").json["services"][0]
        self.assertEqual(entry["transport"], "sse")
        self.assertNotIn("received", entry)

    def test_a_principal_without_a_service_may_only_view(self):
        refused = self.police.get("/v1/events")
        self.assertEqual((refused.status, refused.json["code"]), (403, "permission_denied"))
        coordinator = HttpClient(self.broker, "coordinator")
        viewer = self.source(coordinator, "?area=SE-01")
        viewer.until("caughtup")
        self.issue(areas=["SE-12"])
        here = self.issue(areas=["SE-0180"])
        self.assertEqual(viewer.until("alert.issued")[-1]["data"]["seq"], here["seq"])

    def test_a_stop_says_goodbye_and_when_to_come_back(self):
        source = self.source()
        source.until("caughtup")
        self.assertEqual(self.broker.stop(), 0)
        goodbye = source.until("goodbye")[-1]
        self.assertEqual(goodbye["data"]["data"]["reason"], "GOODBYE_REASON_DRAINING")
        self.assertGreater(int(goodbye["retry"]), 0)
        self.assertIsNone(source.event())


if __name__ == "__main__":
    unittest.main()

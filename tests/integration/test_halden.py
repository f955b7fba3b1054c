"""A service that misses an urgent alert is seen, called and left alone when it has it: with real processes, over the public
edges, and an escalator that is nothing but a client."""

import pathlib
import queue
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import Broker  # noqa: E402
from support.command_line import gjallar  # noqa: E402
from support.http_client import HttpClient, register_services, seizure  # noqa: E402

import grpc  # noqa: E402

TIME_S = 30
UNRECEIVED_S = 1.0
UNRECEIVED = "ESCALATION_STEP_UNRECEIVED"


class Follower:
    """A receiving session over gRPC that acknowledges what it gets, and keeps the events."""

    def __init__(self, client, client_id):
        self.requests = queue.Queue()
        self.events = queue.Queue()
        self.requests.put(contract.subscriber.SubscribeRequest(
            start=contract.subscriber.Start(client_id=client_id, after_seq=0)))
        self.call = client.subscriber.Subscribe(iter(self.requests.get, None))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            for message in self.call:
                frame = message.frame
                if frame.HasField("event"):
                    self.take(frame.event)
                for delivery in frame.batch.deliveries:
                    self.take(delivery)
        except grpc.RpcError:
            pass

    def take(self, delivery):
        received = {"seqs": [delivery.event.seq]} if delivery.overtaking else {"up_to_seq": delivery.event.seq}
        self.requests.put(contract.subscriber.SubscribeRequest(received=received))
        if not delivery.overtaking:  # it comes again at its place
            self.events.put(delivery.event)

    def next(self, field):
        """The next event whose payload has this field."""
        deadline = time.monotonic() + TIME_S
        while True:
            event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            if event.payload.HasField(field):
                return event

    def close(self):
        self.call.cancel()
        self.requests.put(None)
        self.reader.join(TIME_S)


class Halden(unittest.TestCase):
    def setUp(self):
        self.broker = Broker("--escalate-unreceived-after", UNRECEIVED_S, "--escalate-unacknowledged-after", 0)
        self.broker.start()
        self.addCleanup(self.broker.close)
        register_services(self.broker, ("laro-malmo", "ambulance-skane"))
        operator = HttpClient(self.broker, "operator")
        answer = operator.post("/v1/services", {"serviceId": "escalator", "name": "Jour", "areas": ["SE"],
                                                "roles": ["escalator"]})
        self.assertEqual(answer.status, 201, answer)
        self.police = HttpClient(self.broker, "police")

    def follow(self, principal):
        client = contract.client(self.broker, principal)
        follower = Follower(client, f"{principal}-1")
        self.addCleanup(client.channel.close)
        self.addCleanup(follower.close)
        return follower

    def issue(self):
        answer = self.police.post("/v1/alerts", seizure(areas=["SE-12"], roles=["laro", "ambulance"]))
        self.assertEqual(answer.status, 201, answer)
        return answer.json["alertId"]

    def delivery(self, alert):
        answer = self.police.get(f"/v1/alerts/{alert}/delivery")
        self.assertEqual(answer.status, 200, answer)
        return {service["serviceId"]: service for service in answer.json["services"]}

    def lacking(self, alert):
        return {name for name, service in self.delivery(alert).items() if "received" not in service}

    def until(self, condition, what):
        deadline = time.monotonic() + TIME_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def called(self, event):
        return [service.service_id for service in event.payload.escalation.services]

    def test_a_service_that_is_offline_is_called_and_leaves_the_list_when_it_comes_back(self):
        escalator = self.follow("escalator")
        self.follow("ambulance-skane")
        alert = self.issue()
        self.assertIn("laro-malmo", self.lacking(alert))
        event = escalator.next("escalation")
        self.assertEqual(event.subject, alert)
        self.assertIn("laro-malmo", self.called(event))
        self.assertFalse(event.rings)
        issued = event.payload.alert.sent.ToMicroseconds()
        self.assertGreaterEqual(event.time.ToMicroseconds() - issued, UNRECEIVED_S * 1e6)
        self.until(lambda: self.lacking(alert) == {"laro-malmo"}, "the ambulance never received it")

        report = contract.command.ReportEscalation(alert_id=alert, version=1, step=event.payload.escalation.step,
                                                   service_id="laro-malmo",
                                                   outcome=contract.command.ESCALATION_OUTCOME_REACHED)
        relay = contract.client(self.broker, "escalator")
        self.addCleanup(relay.channel.close)
        relay.publisher.ReportEscalation(contract.publisher.ReportEscalationRequest(report=report), timeout=TIME_S)
        self.assertEqual(escalator.next("escalation_report").payload.escalation_report.service_id, "laro-malmo")
        record = self.delivery(alert)["laro-malmo"]["escalations"][0]
        self.assertEqual((record["step"], record["way"], record["outcome"]),
                         (UNRECEIVED, "ESCALATION_WAY_SERVICE", "ESCALATION_OUTCOME_REACHED"))

        self.follow("laro-malmo")
        self.until(lambda: not self.lacking(alert), "the clinic never received it")

    def test_a_retraction_is_chased_too_and_a_restart_repeats_nothing(self):
        escalator = self.follow("escalator")
        clinic = self.follow("laro-malmo")
        self.follow("ambulance-skane")
        alert = self.issue()
        self.until(lambda: not self.lacking(alert), "not everyone received it")
        clinic.close()
        answer = self.police.post(f"/v1/alerts/{alert}/retract", {"reason": "Ny analys."})
        self.assertEqual(answer.status, 200, answer)
        event = escalator.next("escalation")
        self.assertEqual((self.called(event), event.payload.escalation.version), (["laro-malmo"], 2))

        self.broker.kill9()
        self.broker.start()
        other = self.issue()  # what is escalated for this one comes after anything that is left of the other
        again = self.follow("escalator")
        seen = []
        while not seen or seen[-1].subject != other:
            seen.append(again.next("escalation"))
        self.assertEqual([(one.subject, self.called(one)) for one in seen if one.subject == alert],
                         [(alert, ["laro-malmo"])])
        self.follow("laro-malmo")
        self.until(lambda: not self.lacking(alert), "the clinic never heard of the retraction")

    def test_an_outcome_is_reported_by_http_and_by_command_line_and_refused_by_field(self):
        escalator = self.follow("escalator")
        alert = self.issue()
        escalator.next("escalation")
        relay = HttpClient(self.broker, "escalator")
        path = f"/v1/alerts/{alert}/escalation-outcome"
        body = {"version": "1", "step": UNRECEIVED, "serviceId": "laro-malmo", "outcome": "ESCALATION_OUTCOME_NO_ANSWER"}
        for change, status, code, field in (
                ({"step": "ESCALATION_STEP_UNACKNOWLEDGED"}, 404, "not_found", "report_escalation.step"),
                ({"serviceId": "nobody-here"}, 404, "not_found", "report_escalation.service_id"),
                ({"outcome": "ESCALATION_OUTCOME_UNSPECIFIED"}, 400, "missing_field", "report_escalation.outcome")):
            answer = relay.post(path, {**body, **change})
            self.assertEqual((answer.status, answer.json["code"], answer.json["field"]), (status, code, field), answer)
        self.assertEqual(HttpClient(self.broker, "laro-malmo").post(path, body).status, 403)
        self.assertEqual(relay.post(path, body).status, 200)
        code, _, problem = gjallar(self.broker, "escalator", "escalation-outcome", alert, "--service", "laro-malmo", "--step",
                                   "unreceived", "--version", 1, "--outcome", "reached")
        self.assertEqual(code, 0, problem)
        self.assertEqual(self.delivery(alert)["laro-malmo"]["escalations"][0]["outcome"], "ESCALATION_OUTCOME_REACHED")


if __name__ == "__main__":
    unittest.main()

"""However a gRPC session ends, and whoever ends it, its call ends once: a second end aborts the process, and a call that
never ends holds up the broker's own end."""

import pathlib
import random
import re
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import Broker  # noqa: E402
from support.grpc_session import Session  # noqa: E402

import grpc  # noqa: E402

SEED = 20261122
ROUNDS = 12  # of all the ways
TIME_S = 60
BEYOND = 10**9  # a seq that nobody was sent


class Endings(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)
        contract.register_services(self.broker)
        self.police = self.client("police")

    def client(self, principal):
        client = contract.client(self.broker, principal)
        self.addCleanup(client.channel.close)
        return client

    def session(self, first=None, **start):
        return Session(self.client("laro-malmo"), first, **start)

    def issue(self):
        request = contract.publisher.IssueRequest(issue=contract.command.IssueAlert(content=contract.seizure()))
        return self.police.publisher.Issue(request, timeout=TIME_S).outcome

    def open_sessions(self):
        return int(float(re.search(r"^gjallar_sessions (\S+)$", self.broker.operations("/metrics")[1], re.M)[1]))

    def wait_for_sessions(self, count):
        deadline = time.monotonic() + TIME_S
        while self.open_sessions() != count:
            self.assertLess(time.monotonic(), deadline, f"{self.open_sessions()} sessions are open, not {count}")
            time.sleep(0.02)

    def ended(self, session, *codes):
        """Reads to the end; its status is one of these. A call has one status."""
        while session.frames.get(timeout=TIME_S) is not None:
            pass
        self.assertIn(session.call.code(), codes, session.call.details())

    # --- ways to end -------------------------------------------------------------------------------------------------

    def cancelled_at_once(self):
        session = self.session(client_id="a")
        session.call.cancel()
        self.ended(session, grpc.StatusCode.CANCELLED)

    def cancelled_while_events_come(self):
        session = self.session(client_id="b", after_seq=0)
        session.until("hello")
        session.call.cancel()
        self.issue()
        self.ended(session, grpc.StatusCode.CANCELLED)

    def began_wrongly(self):
        session = self.session({"received": contract.delivery.Received(up_to_seq=1)})
        self.ended(session, grpc.StatusCode.INVALID_ARGUMENT)

    def said_nothing_and_hung_up(self):
        session = self.session({})
        session.requests.put(None)
        self.ended(session, grpc.StatusCode.INVALID_ARGUMENT)

    def broke_the_protocol(self):
        session = self.session(client_id="c")
        session.until("caughtup")
        session.send(received=contract.delivery.Received(up_to_seq=BEYOND))
        self.ended(session, grpc.StatusCode.INVALID_ARGUMENT)

    def broke_the_protocol_and_went(self):
        session = self.session(client_id="d")
        session.until("caughtup")
        session.send(received=contract.delivery.Received(up_to_seq=BEYOND))
        if self.random.random() < 0.5:
            session.frames.get(timeout=TIME_S)
        session.call.cancel()
        self.ended(session, grpc.StatusCode.CANCELLED, grpc.StatusCode.INVALID_ARGUMENT)

    def lost_its_connection(self):
        session = self.session(client_id="e")
        session.until("hello")
        session.client.channel.close()
        self.ended(session, grpc.StatusCode.CANCELLED)

    def hung_up_and_listened_on(self):
        session = self.session(client_id="f")
        session.until("caughtup")
        session.requests.put(None)
        outcome = self.issue()
        self.assertEqual(session.event().event.seq, outcome.seq)
        session.call.cancel()
        self.ended(session, grpc.StatusCode.CANCELLED)

    def test_each_call_ends_once_and_the_broker_after_them(self):
        ways = [self.cancelled_at_once, self.cancelled_while_events_come, self.began_wrongly,
                self.said_nothing_and_hung_up, self.broke_the_protocol, self.broke_the_protocol_and_went,
                self.lost_its_connection, self.hung_up_and_listened_on] * ROUNDS
        self.random.shuffle(ways)
        for way in ways:
            with self.subTest(way.__name__):
                way()
        self.wait_for_sessions(0)
        # Those that are left end with the broker, cut off or not in the same moment.
        left = [self.session(client_id="g") for _ in range(20)]
        for session in left:
            session.until("caughtup")
        going = left[::2]
        process = self.broker.process
        process.terminate()
        for session in going:
            session.call.cancel()
        for session in left:
            self.ended(session, grpc.StatusCode.UNAVAILABLE, *[grpc.StatusCode.CANCELLED] * (session in going))
        self.assertEqual(self.broker.stop(), 0, self.broker.log_text()[-2000:])


if __name__ == "__main__":
    unittest.main()

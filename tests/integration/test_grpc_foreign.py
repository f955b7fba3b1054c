"""A foreign gRPC client, made from the proto files alone, goes the whole way of an event."""

import concurrent.futures
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import Broker  # noqa: E402
from support.grpc_session import Session  # noqa: E402

import grpc  # noqa: E402

TIME_S = contract.CALL_TIME_S


class ForeignClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker().start()
        try:
            contract.register_services(cls.broker)
        except BaseException:
            cls.broker.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.broker.close()

    def setUp(self):
        self.police = self.client("police")
        self.operator = self.client("operator")

    def client(self, principal=None):
        client = contract.client(self.broker, principal)
        self.addCleanup(client.channel.close)
        return client

    def session(self, principal="laro-malmo", **start):
        session = Session(self.client(principal), **start)
        self.addCleanup(session.close)
        return session

    def issue(self, client=None, key="", metadata=None, **content):
        request = contract.publisher.IssueRequest(
            idempotency_key=key, issue=contract.command.IssueAlert(content=contract.seizure(**content)))
        return (client or self.police).publisher.Issue(request, timeout=TIME_S, metadata=metadata).outcome

    def refused(self, code, call, *arguments, **options):
        with self.assertRaises(grpc.RpcError) as failure:
            call(*arguments, timeout=TIME_S, **options)
        self.assertEqual(failure.exception.code(), code, failure.exception.details())
        return contract.error_of(failure.exception)

    def test_police_publish_by_certificate_and_by_token(self):
        by_certificate = self.issue()
        self.assertGreater(by_certificate.seq, 0)
        self.assertEqual(by_certificate.version, 1)
        self.assertEqual(by_certificate.services_concerned, 2)  # the county's, not Stockholm's
        self.assertRegex(by_certificate.reference, r"^GJ-")
        self.assertTrue(by_certificate.cursor.endswith(f".{by_certificate.seq}"))
        by_token = self.issue(self.client(), metadata=contract.bearer(self.broker, "police"))
        self.assertEqual(by_token.seq, by_certificate.seq + 1)
        events = self.operator.view.GetHistory(contract.view.GetHistoryRequest(alert_id=by_token.alert_id)).events
        self.assertEqual([event.principal for event in events], ["police"])

    def test_a_certificate_wins_over_a_token(self):
        outcome = self.issue(self.police, metadata=contract.bearer(self.broker, "customs"))
        events = self.operator.view.GetHistory(contract.view.GetHistoryRequest(alert_id=outcome.alert_id)).events
        self.assertEqual(events[0].principal, "police")

    def test_a_clinic_may_not_publish_and_is_told_in_the_status_details(self):
        clinic = self.client("laro-malmo")
        request = contract.publisher.IssueRequest(issue=contract.command.IssueAlert(content=contract.seizure()))
        error = self.refused(grpc.StatusCode.PERMISSION_DENIED, clinic.publisher.Issue, request)
        self.assertEqual(error.code, contract.error.ERROR_CODE_PERMISSION_DENIED)
        self.assertTrue(error.message and error.advice)

    def test_an_error_names_the_field_and_never_repeats_the_value(self):
        content = contract.seizure(headline="Kontakta 121212-1212 om frågor")
        request = contract.publisher.IssueRequest(issue=contract.command.IssueAlert(content=content))
        with self.assertRaises(grpc.RpcError) as failure:
            self.police.publisher.Issue(request, timeout=TIME_S)
        self.assertEqual(failure.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        error = contract.error_of(failure.exception)
        self.assertEqual(error.code, contract.error.ERROR_CODE_PERSONAL_IDENTIFIER)
        self.assertIn("texts[0].headline", error.field)
        self.assertNotIn("121212", str(failure.exception) + str(failure.exception.trailing_metadata()))
        self.assertNotIn("121212", self.broker.log_text())

    def test_a_stale_version_is_an_abort_that_says_the_current_one(self):
        outcome = self.issue()
        retract = lambda version: contract.publisher.RetractRequest(retract=contract.command.RetractAlert(
            alert_id=outcome.reference, expected_version=version, reason="Ny analys."))
        error = self.refused(grpc.StatusCode.ABORTED, self.police.publisher.Retract, retract(7))
        self.assertEqual(error.code, contract.error.ERROR_CODE_STALE_VERSION)
        self.assertEqual(error.current_version, 1)
        self.assertEqual(self.police.publisher.Retract(retract(1), timeout=TIME_S).outcome.version, 2)
        error = self.refused(grpc.StatusCode.FAILED_PRECONDITION, self.police.publisher.Retract, retract(0))
        self.assertEqual(error.code, contract.error.ERROR_CODE_ALERT_RETRACTED)

    def test_validate_only_stores_nothing(self):
        before = self.operator.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=TIME_S).head_seq
        request = contract.publisher.IssueRequest(
            issue=contract.command.IssueAlert(content=contract.seizure()), validate_only=True)
        outcome = self.police.publisher.Issue(request, timeout=TIME_S).outcome
        self.assertEqual((outcome.seq, outcome.services_concerned), (0, 2))
        after = self.operator.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=TIME_S).head_seq
        self.assertEqual(after, before)

    def test_a_repeat_is_answered_as_the_first_time_even_after_kill_9(self):
        first = self.issue(key="seizure-77")
        again = self.issue(key="seizure-77")
        self.assertTrue(again.duplicate)
        self.broker.kill9()
        self.broker.restart()
        after = self.issue(self.client("police"), key="seizure-77")
        self.assertTrue(after.duplicate)
        self.assertFalse(first.duplicate)
        for field in ("seq", "alert_id", "reference", "version", "time", "cursor", "services_concerned"):
            self.assertEqual(getattr(after, field), getattr(first, field), field)
        request = contract.publisher.IssueRequest(
            idempotency_key="seizure-77",
            issue=contract.command.IssueAlert(content=contract.seizure(headline="En annan")))
        error = self.refused(grpc.StatusCode.FAILED_PRECONDITION, self.client("police").publisher.Issue, request)
        self.assertEqual(error.code, contract.error.ERROR_CODE_IDEMPOTENCY_KEY_REUSED)

    def test_a_feed_answers_item_by_item_in_order_and_goes_on_after_a_refusal(self):
        count = 600  # more than the pipeline holds
        def items():
            for number in range(count):
                command = contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure()))
                if number == 3:
                    command.issue.content.audience.Clear()
                if number == 5:
                    command = contract.command.Command(register_service=contract.command.RegisterService())
                yield contract.publisher.FeedRequest(
                    idempotency_key="" if number == 7 else f"feed-{number}", command=command)
        answers = list(self.police.publisher.Feed(items(), timeout=60))
        self.assertEqual(len(answers), count)
        expected = ["" if number == 7 else f"feed-{number}" for number in range(count)]
        self.assertEqual([answer.idempotency_key for answer in answers], expected)
        errors = {number: answer.error for number, answer in enumerate(answers) if answer.HasField("error")}
        self.assertEqual(sorted(errors), [3, 5, 7])
        self.assertEqual(errors[5].code, contract.error.ERROR_CODE_INVALID_ARGUMENT)
        self.assertEqual(errors[7].code, contract.error.ERROR_CODE_MISSING_FIELD)
        seqs = [answer.outcome.seq for answer in answers if answer.HasField("outcome")]
        self.assertEqual(seqs, sorted(set(seqs)))

    def test_items_that_go_together_are_answered_together_each_by_its_own(self):
        def item(key, **content):
            return contract.publisher.FeedRequest(
                idempotency_key=key,
                command=contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure(**content))))
        count, together = 400, 8
        def requests():
            for number in range(count):
                request = item(f"together-{number}-0")
                request.more.extend(item(f"together-{number}-{place}") for place in range(1, together))
                if number == 3:
                    request.more[1].command.issue.content.audience.Clear()
                    request.more[2].idempotency_key = request.idempotency_key  # a repeat of the first
                    request.more[3].more.add().CopyFrom(item("too deep"))
                if number == 5:
                    request.more.add().CopyFrom(item("one too many"))
                yield request
        answers = list(self.police.publisher.Feed(requests(), timeout=2 * TIME_S))
        self.assertEqual(len(answers), count)
        seqs = []
        for number, answer in enumerate(answers):
            each = [answer, *answer.more]
            if number == 5:  # nothing of it was begun
                self.assertEqual((len(each), answer.error.code, answer.error.field),
                                 (1, contract.error.ERROR_CODE_TOO_LARGE, "more"))
                continue
            keys = [f"together-{number}-{place}" for place in range(together)]
            if number == 3:
                keys[3] = keys[0]
                refused = [place for place, one in enumerate(each) if one.HasField("error")]
                self.assertEqual(refused, [2, 4])
                self.assertEqual(each[4].error.field, "more")
                self.assertTrue(each[3].outcome.duplicate)
                self.assertEqual(each[3].outcome.seq, each[0].outcome.seq)
                del each[2:5], keys[2:5]
            self.assertEqual([one.idempotency_key for one in each], keys)
            seqs += [one.outcome.seq for one in each]
        self.assertEqual(seqs, sorted(set(seqs)))
        self.assertEqual(len(seqs), (count - 1) * together - 3)
        again = list(self.police.publisher.Feed(iter([item("together-5-0")]), timeout=TIME_S))
        self.assertFalse(again[0].outcome.duplicate)

    def test_many_feeds_at_once_are_held_back_and_nothing_of_theirs_is_refused(self):
        command = contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure()))
        def run(feed):
            items = [contract.publisher.FeedRequest(idempotency_key=f"crowd-{feed}-{number}", command=command)
                     for number in range(200)]
            return list(self.police.publisher.Feed(iter(items), timeout=4 * TIME_S))
        with concurrent.futures.ThreadPoolExecutor(24) as feeds:  # more than the appender's queue holds
            answers = [answer for some in feeds.map(run, range(24)) for answer in some]
        self.assertEqual([answer.error.message for answer in answers if answer.HasField("error")], [])
        self.assertEqual(len({answer.outcome.seq for answer in answers}), 24 * 200)

    def test_a_clinic_receives_a_seizure_and_the_ledger_knows(self):
        session = self.session(client_id="journal")
        hello = session.until("caughtup")[0].hello
        self.assertEqual(hello.service_id, "laro-malmo")
        outcome = self.issue()
        delivery = session.event()
        self.assertEqual(delivery.event.seq, outcome.seq)
        self.assertEqual(delivery.cursor, outcome.cursor)
        self.assertEqual(delivery.event.payload.alert.content.substances[0].name, "fentanyl")
        self.assertTrue(delivery.event.urgent and delivery.event.rings)
        session.send(received=contract.delivery.Received(up_to_seq=outcome.seq))
        self.client("laro-malmo").subscriber.Acknowledge(contract.subscriber.AcknowledgeRequest(
            acknowledged=contract.delivery.Acknowledged(alert_id=outcome.alert_id, version=1)), timeout=TIME_S)
        request = contract.view.GetDeliveryRequest(alert_id=outcome.alert_id)
        ledger = self.police.view.GetDelivery(request, timeout=TIME_S)
        while not any(service.HasField("received") for service in ledger.services):
            ledger = self.police.view.GetDelivery(request, timeout=TIME_S)
        by_name = {service.service_id: service for service in ledger.services}
        self.assertEqual(set(by_name), {"laro-malmo", "ambulance-skane"})
        self.assertTrue(by_name["laro-malmo"].HasField("acknowledged"))
        self.assertEqual(by_name["laro-malmo"].transport, "grpc")
        self.assertFalse(by_name["ambulance-skane"].HasField("received"))
        self.assertEqual(ledger.not_received, 1)

    def test_a_session_resumes_after_its_cursor(self):
        session = self.session("ambulance-skane", client_id="dispatch")
        session.until("caughtup")
        first = self.issue()
        cursor = session.event().cursor
        session.close()
        missed = [self.issue().seq for _ in range(3)]
        resumed = self.session("ambulance-skane", client_id="dispatch", cursor=cursor)
        frames = resumed.until("caughtup")
        self.assertEqual(frames[0].hello.resumption, contract.delivery.RESUMPTION_REPLAYING)
        deliveries = [frame.event for frame in frames if frame.HasField("event")]
        deliveries += [delivery for frame in frames for delivery in frame.batch.deliveries]
        in_order = [delivery for delivery in deliveries if not delivery.overtaking]
        self.assertEqual([delivery.event.seq for delivery in in_order], missed)
        self.assertEqual([delivery.prev_seq for delivery in in_order], [first.seq, *missed[:-1]])

    def test_a_session_that_breaks_the_protocol_is_ended(self):
        for first, code in ((contract.subscriber.SubscribeRequest(received=contract.delivery.Received()),
                             contract.error.ERROR_CODE_MISSING_FIELD),
                            (contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(
                                client_id="x", cursor="nonsense")), contract.error.ERROR_CODE_INVALID_CURSOR),
                            (contract.subscriber.SubscribeRequest(start=contract.subscriber.Start()),
                             contract.error.ERROR_CODE_MISSING_FIELD)):
            with self.assertRaises(grpc.RpcError) as ended:
                list(self.client("laro-malmo").subscriber.Subscribe(iter([first]), timeout=TIME_S))
            self.assertEqual(contract.error_of(ended.exception).code, code)
        session = self.session(client_id="journal")
        session.until("caughtup")
        session.send(received=contract.delivery.Received(up_to_seq=10**9))
        goodbye = session.until("goodbye")[-1].goodbye
        self.assertEqual(goodbye.reason, contract.delivery.GOODBYE_REASON_PROTOCOL_ERROR)
        self.assertFalse(goodbye.reconnect)

    def test_a_viewer_sees_its_area_and_gives_no_receipts(self):
        viewer = self.session("coordinator", area="SE-14")
        viewer.until("caughtup")
        self.issue()
        elsewhere = self.issue(areas=("SE-1480",))
        self.assertEqual(viewer.event().event.seq, elsewhere.seq)

    def test_views_show_now_and_then(self):
        outcome = self.issue(areas=("SE-0180",))
        stockholm = self.client("syringe-exchange-stockholm")
        request = contract.view.ListAlertsRequest(service_id="syringe-exchange-stockholm")
        self.assertIn(outcome.alert_id, [alert.alert_id for alert in stockholm.view.ListAlerts(request).alerts])
        moved = contract.publisher.ReviseRequest(revise=contract.command.ReviseAlert(
            alert_id=outcome.alert_id, expected_version=1, content=contract.seizure(areas=("SE-12",)),
            reason="Fel ort."))
        moved.revise.update_mask.paths.append("audience")
        self.police.publisher.Revise(moved, timeout=TIME_S)
        self.assertNotIn(outcome.alert_id, [alert.alert_id for alert in stockholm.view.ListAlerts(request).alerts])
        request.as_of.seq = outcome.seq
        then = stockholm.view.ListAlerts(request, timeout=TIME_S)
        self.assertIn(outcome.alert_id, [alert.alert_id for alert in then.alerts])
        self.assertEqual(then.as_of_seq, outcome.seq)
        # The service was told of the alert, so it may see what became of it.
        history = stockholm.view.GetHistory(contract.view.GetHistoryRequest(alert_id=outcome.reference))
        self.assertEqual([event.type for event in history.events],
                         [contract.event.EVENT_TYPE_ALERT_ISSUED, contract.event.EVENT_TYPE_ALERT_REVISED])
        got = stockholm.view.GetAlert(contract.view.GetAlertRequest(alert_id=outcome.alert_id), timeout=TIME_S)
        self.assertEqual(got.alert.version, 2)
        error = self.refused(grpc.StatusCode.NOT_FOUND, self.client("laro-malmo").view.GetAlert,
                             contract.view.GetAlertRequest(alert_id="0192f0a0-0000-7000-8000-000000000000"))
        self.assertEqual(error.code, contract.error.ERROR_CODE_NOT_FOUND)

    def feed(self, count, name):
        """Issues so many alerts; their seqs."""
        command = contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure()))
        items = [contract.publisher.FeedRequest(idempotency_key=f"{name}-{number}", command=command)
                 for number in range(count)]
        return [answer.outcome.seq for answer in self.police.publisher.Feed(iter(items), timeout=TIME_S)]

    def test_a_session_catches_up_on_a_history_larger_than_any_buffer(self):
        seqs = self.feed(700, "history")
        session = self.session("ambulance-skane", client_id="new", after_seq=0)
        frames = session.until("caughtup")
        deliveries = [frame.event for frame in frames if frame.HasField("event")]
        deliveries += [delivery for frame in frames for delivery in frame.batch.deliveries]
        got = [delivery.event.seq for delivery in deliveries if not delivery.overtaking]
        self.assertEqual(got, sorted(set(got)))
        self.assertLessEqual(set(seqs), set(got))

    def test_the_log_replays_verifies_and_rebuilds(self):
        self.feed(700, "replay")  # more than a slice, and more than gRPC's write buffer
        outcome = self.issue()
        steps = list(self.operator.operator.Replay(contract.operator.ReplayRequest(), timeout=TIME_S))
        seqs = [step.event.seq for step in steps[:-1]]
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
        self.assertGreaterEqual(seqs[-1], outcome.seq)
        self.assertEqual(steps[-1].caughtup.seq, seqs[-1])
        one = list(self.operator.operator.Replay(contract.operator.ReplayRequest(alert_id=outcome.alert_id), timeout=60))
        self.assertEqual([step.event.seq for step in one[:-1]], [outcome.seq])
        verified = self.operator.operator.Verify(contract.operator.VerifyRequest(), timeout=60)
        self.assertTrue(verified.intact, verified.finding)
        self.assertEqual(verified.events, verified.head_seq)
        rebuilt = self.operator.operator.Rebuild(contract.operator.RebuildRequest(), timeout=60)
        self.assertEqual(rebuilt.differences, 0)
        self.assertGreater(rebuilt.rows, 0)
        error = self.refused(grpc.StatusCode.PERMISSION_DENIED, self.police.operator.Verify,
                             contract.operator.VerifyRequest())
        self.assertEqual(error.code, contract.error.ERROR_CODE_PERMISSION_DENIED)

    def test_a_replay_from_and_to_a_moment_at_a_pace_can_be_cancelled(self):
        events = [self.issue() for _ in range(3)]
        request = contract.operator.ReplayRequest(speed=1000.0)
        getattr(request, "from").time.CopyFrom(events[0].time)
        request.to.seq = events[1].seq
        steps = list(self.operator.operator.Replay(request, timeout=TIME_S))
        replayed = [step.event.seq for step in steps[:-1]]
        self.assertEqual(replayed, list(range(replayed[0], events[1].seq + 1)))
        self.assertLessEqual(replayed[0], events[0].seq)
        slow = self.operator.operator.Replay(contract.operator.ReplayRequest(speed=1e-9))
        self.assertEqual(next(slow).event.seq, 1)
        slow.cancel()
        with self.assertRaises(grpc.RpcError) as ended:
            list(slow)
        self.assertEqual(ended.exception.code(), grpc.StatusCode.CANCELLED)

    def test_batches_of_a_replay_come_only_on_request_and_hold_what_comes_one_by_one(self):
        seqs = self.feed(700, "batches")
        self.issue(areas=("SE-14",))

        def steps(**request):
            request = contract.operator.ReplayRequest(to=contract.view.Moment(seq=seqs[-1] + 1), **request)
            return list(self.operator.operator.Replay(request, timeout=60))
        for filters in ({}, {"area": "SE-14"}, {"types": [contract.event.EVENT_TYPE_ALERT_ISSUED]},
                        {"service_id": "ambulance-skane"}, {"role": "pharmacy", "area": "NO"}):
            singles, batches = steps(**filters), steps(batches=True, **filters)
            self.assertEqual({step.WhichOneof("step") for step in singles[:-1]} - {"event"}, set())
            self.assertEqual({step.WhichOneof("step") for step in batches[:-1]} - {"batch"}, set())
            self.assertEqual([event for step in batches[:-1] for event in step.batch.events],
                             [step.event for step in singles[:-1]])
            self.assertEqual(batches[-1].caughtup, singles[-1].caughtup)
            for step in batches[:-1]:
                self.assertTrue(1 <= len(step.batch.events) <= 256)
                self.assertLess(step.ByteSize(), 66_000)
        whole = steps(batches=True)
        self.assertEqual([event.seq for step in whole[:-1] for event in step.batch.events],
                         list(range(1, seqs[-1] + 2)))
        self.assertLess(len(whole), seqs[-1] / 20)
        # At a pace every event has its own time.
        paced = steps(batches=True, speed=1e6)
        self.assertEqual([step.event.seq for step in paced[:-1]], list(range(1, seqs[-1] + 2)))
        self.assertEqual(paced[-1].caughtup.seq, seqs[-1] + 1)

    def test_replays_side_by_side_each_hold_all_that_was_asked_for(self):
        """The next slice is read while one is written, by one reader for all of them."""
        seqs = self.feed(1500, "side by side")

        def begin(**filters):
            request = contract.operator.ReplayRequest(to=contract.view.Moment(seq=seqs[-1]), batches=True, **filters)
            return self.operator.operator.Replay(request, timeout=TIME_S)

        def events(steps):
            return [event for step in steps for event in step.batch.events]
        asks = ({}, {"service_id": "ambulance-skane"}, {"types": [contract.event.EVENT_TYPE_ALERT_ISSUED]}) * 2
        alone = [events(begin(**filters)) for filters in asks[:3]] * 2
        self.assertEqual([event.seq for event in alone[0]], list(range(1, seqs[-1] + 1)))
        cancelled = begin()
        next(cancelled)
        replays = [begin(**filters) for filters in asks]
        cancelled.cancel()
        steps = [[] for _ in replays]
        going = list(range(len(replays)))
        while going:  # a message of each in turn
            for number in list(going):
                step = next(replays[number], None)
                going.remove(number) if step is None else steps[number].append(step)
        for filters, whole, got in zip(asks, alone, steps):
            self.assertEqual(events(got), whole, filters)
            self.assertEqual(got[-1].caughtup.seq, seqs[-1])

    def test_a_replay_by_an_area_or_a_role_that_nobody_knows_is_refused_and_names_which(self):
        for field, unknown, code in (("role", "chef", contract.error.ERROR_CODE_UNKNOWN_ROLE),
                                     ("area", "SE-99", contract.error.ERROR_CODE_UNKNOWN_AREA)):
            request = contract.operator.ReplayRequest(**{field: unknown})
            getattr(request, "from").seq = 1 << 40  # nothing is left to filter
            with self.assertRaises(grpc.RpcError) as failure:
                list(self.operator.operator.Replay(request, timeout=TIME_S))
            error = contract.error_of(failure.exception)
            self.assertEqual((error.field, error.code), (field, code))

    def test_an_area_or_a_role_that_nobody_knows_is_refused_everywhere(self):
        coordinator = self.client("coordinator")
        asks = ((coordinator.view.ListAlerts, contract.view.ListAlertsRequest),
                (coordinator.view.ListServiceActivity, contract.view.ListServiceActivityRequest),
                (coordinator.directory.ListServices, contract.directory_service.ListServicesRequest))
        for field, unknown, code in (("role", "chef", contract.error.ERROR_CODE_UNKNOWN_ROLE),
                                     ("area", "SE-99", contract.error.ERROR_CODE_UNKNOWN_AREA)):
            for ask, request in asks:
                error = self.refused(grpc.StatusCode.INVALID_ARGUMENT, ask, request(**{field: unknown}))
                self.assertEqual((error.field, error.code), (field, code))
            session = self.session("coordinator", client_id="viewer", **{field: unknown})
            self.assertIsNone(session.frames.get(timeout=TIME_S))
            error = contract.error_of(session.ended)
            self.assertEqual((error.field, error.code), ("start." + field, code))

    def test_a_replay_that_ends_before_it_begins_is_refused(self):
        for earlier, later in (({"seq": 2}, {"seq": 5}), ({"time": {"seconds": 2}}, {"time": {"seconds": 5}})):
            request = contract.operator.ReplayRequest(**{"from": later, "to": earlier})
            with self.assertRaises(grpc.RpcError) as failure:
                list(self.operator.operator.Replay(request, timeout=TIME_S))
            self.assertEqual(contract.error_of(failure.exception).field, "to")
            self.assertEqual(contract.error_of(failure.exception).code, contract.error.ERROR_CODE_INVALID_ARGUMENT)

    def test_a_replay_from_or_to_a_time_that_is_none_is_refused_and_names_which(self):
        for field in ("from", "to"):
            request = contract.operator.ReplayRequest()
            getattr(request, field).time.seconds = 9_300_000_000_000
            with self.assertRaises(grpc.RpcError) as failure:
                list(self.operator.operator.Replay(request, timeout=TIME_S))
            self.assertEqual(failure.exception.code(), grpc.StatusCode.INVALID_ARGUMENT, failure.exception.details())
            self.assertEqual(contract.error_of(failure.exception).field, f"{field}.time")

    def test_verifying_from_beyond_the_head_is_refused(self):
        error = self.refused(grpc.StatusCode.INVALID_ARGUMENT, self.operator.operator.Verify,
                             contract.operator.VerifyRequest(from_seq=10**9))
        self.assertEqual(error.field, "from_seq")

    def test_a_replay_for_one_is_nothing_to_a_live_session(self):
        self.issue()
        session = self.session(client_id="live-during-replay")
        caughtup = session.until("caughtup")
        self.assertEqual(caughtup[0].hello.heartbeat_interval.ToJsonString(), "15s")  # the default
        steps = list(self.operator.operator.Replay(contract.operator.ReplayRequest(), timeout=TIME_S))
        self.assertGreater(len(steps), 1)
        after = self.issue()
        frames = [frame for frame in session.until("event") if frame.WhichOneof("frame") != "heartbeat"]
        self.assertEqual([frame.event.event.seq for frame in frames], [after.seq])

    def test_reflection_lists_the_services(self):
        reflection = self.police.channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        answer = b"".join(reflection(iter([b"\x3a\x01*"]), timeout=TIME_S))
        for service in ("PublisherService", "SubscriberService", "ViewService", "DirectoryService", "OperatorService"):
            self.assertIn(f"gjallar.v1.{service}".encode(), answer)

    def test_status_tells_operators_how_the_broker_does(self):
        session = self.session(client_id="journal")
        session.until("caughtup")
        status = self.operator.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=TIME_S)
        self.assertTrue(status.ready)
        self.assertEqual(status.services, 3)
        self.assertEqual(len(status.head_hash), 32)
        self.assertIn("laro-malmo", status.connected_services)
        self.assertEqual(list(status.findings), [])


if __name__ == "__main__":
    unittest.main()

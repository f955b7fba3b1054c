"""The broker's own WebSocket framing against Chromium: a page of another origin opens a session with its token as a
subprotocol, as the portal of a service would."""

import http.server
import json
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import Broker  # noqa: E402
from support.http_client import HttpClient, register_services, seizure  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TIME_S = 90
PREFIX = "gjallar.v1."
CLINIC = "laro-malmo"


class Page(http.server.ThreadingHTTPServer):
    """Serves the page on 127.0.0.1 and hears what it tells."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.told = queue.Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = urllib.parse.urlsplit(self.path).path == "/page.html"
        body = (HERE / "page.html").read_bytes() if known else b""
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.server.told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Browser:
    """A headless Chromium with a profile of its own that shows one address."""

    def __init__(self, address):
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        assert program, "chromium isn't there: tools/dev test installs it"
        self.profile = tempfile.mkdtemp(prefix="gjallar-chromium-")
        self.output = open(pathlib.Path(self.profile) / "output", "wb")
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
             "--metrics-recording-only", "--password-store=basic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
             "--user-data-dir=" + self.profile, address],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()
        shutil.rmtree(self.profile, ignore_errors=True)


class Chromium(unittest.TestCase):
    def setUp(self):
        self.broker = Broker("--heartbeat-ms", "500").start()
        self.addCleanup(self.broker.close)
        register_services(self.broker, [CLINIC])
        self.page = Page()
        self.addCleanup(self.page.server_close)
        self.addCleanup(self.page.shutdown)
        self.police = HttpClient(self.broker, "police")

    def show(self, path="/v1/stream", protocols=(), token=None, **words):
        """Opens the page; it opens the session."""
        offered = [*protocols, "bearer." + (token or self.broker.token(CLINIC))]
        query = urllib.parse.urlencode([("url", f"ws://{self.broker.http_address}{path}"),
                                        *[("protocol", one) for one in offered], *words.items()])
        browser = Browser(f"http://127.0.0.1:{self.page.server_port}/page.html?{query}")
        self.addCleanup(browser.end)
        return browser

    def told(self, event):
        """The next of a kind that the page tells."""
        while True:
            try:
                one = self.page.told.get(timeout=TIME_S)
            except queue.Empty:
                raise AssertionError(f"the browser never told of {event}") from None
            if one["event"] == event:
                return one

    def frame(self, kind):
        while True:
            frame = self.told("frame")["frame"]
            if frame["type"] == PREFIX + kind:
                return frame

    def issue(self, **content):
        answer = self.police.post("/v1/alerts", seizure(**content))
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def test_a_page_of_another_origin_receives_by_its_token_gives_receipts_and_hears_the_goodbye(self):
        self.show(protocols=["cloudevents.json"], receipts="1")
        opened = self.told("open")
        self.assertEqual((opened["protocol"], opened["extensions"]), ("cloudevents.json", ""))
        self.assertEqual(self.frame("hello")["data"]["serviceId"], CLINIC)
        self.frame("caughtup")
        small = self.issue(areas=["SE-1280"])
        languages = ("sv", "nb", "en", "fi", "da", "ar", "so", "fa")
        texts = [{"language": language, "headline": "Stort – “☂”", "description": "Åtta räkor 🦐. " * 480}
                 for language in languages]
        large = self.issue(areas=["SE-1280"], texts=texts)
        event = self.frame("alert.issued")
        self.assertEqual((event["seq"], event["overtaking"]), (small["seq"], "false"))
        event = self.frame("alert.issued")
        self.assertEqual((event["seq"], event["prevseq"]), (large["seq"], small["seq"]))
        came = event["data"]["payload"]["alert"]["content"]["texts"]
        self.assertEqual([text["headline"] for text in came], ["Stort – “☂”"] * len(languages))
        self.assertGreater(len(json.dumps(event, ensure_ascii=False).encode()), 65_536, "a length of eight bytes")
        self.frame("heartbeat")
        entry = {}
        while "received" not in entry:  # ctest's own timeout ends a failure
            entry = self.police.get(f"/v1/alerts/{large['alertId']}/delivery").json["services"][0]
        self.assertEqual(entry["transport"], "websocket")
        self.assertEqual(self.broker.stop(), 0)
        goodbye = self.frame("goodbye")
        self.assertEqual(goodbye["data"]["reason"], "GOODBYE_REASON_DRAINING")
        closed = self.told("close")
        self.assertEqual((closed["code"], closed["reason"], closed["clean"]), (1001, "draining", True))

    def test_a_page_takes_arrays_after_a_backlog(self):
        outcomes = [self.issue(headline=f"Nummer {number}") for number in range(30)]
        self.show(f"/v1/stream?after={int(outcomes[0]['seq']) - 1}", ["gjallar.v1.batch"])
        self.assertEqual(self.told("open")["protocol"], "gjallar.v1.batch")
        in_order = []
        while len(in_order) < len(outcomes):
            event = self.frame("alert.issued")
            if event["overtaking"] == "false":
                in_order.append(event["seq"])
        self.assertEqual(in_order, [outcome["seq"] for outcome in outcomes])
        self.frame("caughtup")

    def test_a_page_that_breaks_the_protocol_sees_why(self):
        self.show(protocols=["cloudevents.json"], say="hello")
        self.assertEqual(self.frame("goodbye")["data"]["reason"], "GOODBYE_REASON_PROTOCOL_ERROR")
        closed = self.told("close")
        self.assertEqual((closed["code"], closed["reason"], closed["clean"]), (4003, "protocol error", True))

    def test_a_page_without_a_valid_token_is_never_let_in_and_the_origin_counts_for_nothing(self):
        self.show(protocols=["cloudevents.json"], token=self.broker.token(CLINIC) + "x")
        closed = self.told("close")  # no open, no frame before it
        self.assertEqual((closed["code"], closed["clean"]), (1006, False))
        self.assertTrue(self.page.told.empty())
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        own = f"http://{self.broker.http_address}"
        for origin in (own, "https://elsewhere.example", "null"):
            refused = HttpClient(self.broker).get("/v1/stream", Origin=origin, **upgrade)
            self.assertEqual(refused.status, 401, origin)
            connection = HttpClient(self.broker, CLINIC).connect()
            self.addCleanup(connection.close)
            connection.request("GET", "/v1/stream", headers={
                **upgrade, "Origin": origin, "Authorization": "Bearer " + self.broker.token(CLINIC)})
            answer = connection.getresponse()
            self.assertEqual(answer.status, 101, origin)
            self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])


if __name__ == "__main__":
    unittest.main()

"""What the tests of the HTTP edges share: plain http.client, JSON in and out, and nothing of the project's own code."""

import http.client
import json

CALL_TIME_S = 20

SERVICES = {
    "laro-malmo": ("LARO Malmö", ["SE-1280"], ["laro"]),
    "syringe-exchange-stockholm": ("Sprutbyte Stockholm", ["SE-0180"], ["syringe-exchange"]),
    "ambulance-skane": ("Ambulans Skåne", ["SE-12"], ["ambulance"]),
    "emergency-malmo": ("Akuten Malmö", ["SE-1280"], ["emergency-department"]),
}


class Answer:
    """A whole answer: status, headers, and the body as JSON or text."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()
        self.type = response.headers.get_content_type()
        self.json = json.loads(self.text) if self.type.endswith("json") else None

    def __repr__(self):
        return f"{self.status} {self.text[:500]}"


class HttpClient:
    """Calls as one principal; None: without credentials. One connection a call unless `keep` is given."""

    def __init__(self, broker, principal=None, token=None):
        self.broker = broker
        self.headers = {}
        if principal or token:
            self.headers["Authorization"] = "Bearer " + (token or broker.token(principal))

    def connect(self, timeout_s=CALL_TIME_S):
        return http.client.HTTPConnection("127.0.0.1", self.broker.http_port, timeout=timeout_s)

    def call(self, method, path, body=None, headers=None, keep=None):
        connection = keep or self.connect()
        try:
            data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
            if isinstance(data, str):
                data = data.encode()
            connection.request(method, path, data, {**self.headers, **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            if keep is None:
                connection.close()

    def get(self, path, **headers):
        return self.call("GET", path, headers=headers)

    def post(self, path, body, headers=None):
        return self.call("POST", path, body, headers)


def seizure(areas=("SE-12",), roles=(), urgent=True, headline="Tramadol med fentanyl i Malmö", **changes):
    """The content of a seizure in the proto3 JSON mapping."""
    content = {
        "status": "STATUS_ACTUAL", "kind": "ALERT_KIND_SEIZURE",
        "texts": [{"language": "sv", "headline": headline,
                   "description": "Kapslar som säljs som tramadol innehåller fentanyl.",
                   "instruction": "Ha naloxon nära till hands."}],
        "substances": [{"name": "fentanyl", "casNumber": "437-38-7", "form": "capsule", "soldAs": "tramadol",
                        "identification": "IDENTIFICATION_CONFIRMED", "method": "GC-MS"}],
        "audience": {"groups": [{"areas": list(areas), "roles": list(roles)}]},
        "grade": {"urgency": "URGENCY_IMMEDIATE" if urgent else "URGENCY_FUTURE",
                  "severity": "SEVERITY_SEVERE" if urgent else "SEVERITY_MINOR", "certainty": "CERTAINTY_OBSERVED"},
    }
    content.update(changes)
    return content


def service(name):
    full_name, areas, roles = SERVICES[name]
    return {"serviceId": name, "name": full_name, "areas": areas, "roles": roles, "timeZone": "Europe/Stockholm"}


def register_services(broker, names=tuple(SERVICES)):
    """Registers demo services as the operator."""
    operator = HttpClient(broker, "operator")
    for name in names:
        answer = operator.post("/v1/services", service(name), {"Idempotency-Key": f"register-{name}"})
        assert answer.status in (200, 201), answer

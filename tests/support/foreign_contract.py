"""A gRPC client made from proto/ alone, as somebody elsewhere would: stubs are generated into a temporary folder when
this module is imported, and nothing of the project but the contract is used."""

import atexit
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import grpc

os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
PROTO = pathlib.Path(os.environ.get("GJALLAR_SOURCE", pathlib.Path(__file__).resolve().parents[2])) / "proto"
CALL_TIME_S = 20


def generate():
    folder = tempfile.mkdtemp(prefix="gjallar-stubs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    protos = sorted(str(path) for path in (PROTO / "gjallar/v1").glob("*.proto"))
    subprocess.run(["protoc", "-I", str(PROTO), f"--python_out={folder}", f"--grpc_out={folder}",
                    f"--plugin=protoc-gen-grpc={shutil.which('grpc_python_plugin')}", *protos], check=True)
    sys.path.insert(0, folder)


generate()


def module(name):
    return importlib.import_module(f"gjallar.v1.{name}")


alert = module("alert_pb2")
command = module("command_pb2")
delivery = module("delivery_pb2")
directory = module("directory_pb2")
error = module("error_pb2")
event = module("event_pb2")
publisher = module("publisher_service_pb2")
subscriber = module("subscriber_service_pb2")
view = module("view_service_pb2")
directory_service = module("directory_service_pb2")
operator = module("operator_service_pb2")


def channel(broker, principal=None):
    """A TLS channel; with `principal`, by its client certificate."""
    read = lambda name: (broker.dev_dir / name).read_bytes()
    if principal is None:
        credentials = grpc.ssl_channel_credentials(read("ca.pem"))
    else:
        credentials = grpc.ssl_channel_credentials(read("ca.pem"), read(f"{principal}.key"), read(f"{principal}.pem"))
    return grpc.secure_channel(broker.grpc_address, credentials)


def bearer(broker, principal):
    """Call metadata with the principal's token."""
    return (("authorization", "Bearer " + broker.token(principal)),)


class Client:
    """The five services over one channel."""

    def __init__(self, over):
        self.channel = over
        self.publisher = module("publisher_service_pb2_grpc").PublisherServiceStub(over)
        self.subscriber = module("subscriber_service_pb2_grpc").SubscriberServiceStub(over)
        self.view = module("view_service_pb2_grpc").ViewServiceStub(over)
        self.directory = module("directory_service_pb2_grpc").DirectoryServiceStub(over)
        self.operator = module("operator_service_pb2_grpc").OperatorServiceStub(over)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.channel.close()


def client(broker, principal=None):
    return Client(channel(broker, principal))


def error_of(failure):
    """The gjallar.v1.Error in the status details of a failed call: google.rpc.Status, read by hand."""
    details = dict(failure.trailing_metadata())["grpc-status-details-bin"]
    fields = parse_fields(details)
    any_fields = parse_fields(fields[3])
    assert any_fields[1] == b"type.googleapis.com/gjallar.v1.Error", any_fields
    assert fields[1] == failure.code().value[0]
    return error.Error.FromString(any_fields[2])


def parse_fields(data):
    """Field number -> value (the last one), of a message of varints and bytes."""
    fields, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            fields[tag >> 3] = varint()
        else:
            size = varint()
            fields[tag >> 3] = data[at:at + size]
            at += size
    return fields


def seizure(areas=("SE-12",), roles=(), urgent=True, headline="Tramadol med fentanyl i Malmö"):
    """The content of a seizure as police would feed it."""
    return alert.AlertContent(
        status=alert.STATUS_ACTUAL, kind=alert.ALERT_KIND_SEIZURE,
        texts=[alert.TextBlock(language="sv", headline=headline,
                               description="Kapslar som säljs som tramadol innehåller fentanyl.",
                               instruction="Ha naloxon nära till hands.")],
        substances=[alert.Substance(name="fentanyl", cas_number="437-38-7", form="capsule", sold_as="tramadol",
                                    identification=alert.IDENTIFICATION_CONFIRMED, method="GC-MS")],
        audience=alert.Audience(groups=[alert.AudienceGroup(areas=areas, roles=roles)]),
        grade=alert.Grade(urgency=alert.URGENCY_IMMEDIATE if urgent else alert.URGENCY_FUTURE,
                          severity=alert.SEVERITY_SEVERE if urgent else alert.SEVERITY_MINOR,
                          certainty=alert.CERTAINTY_OBSERVED))


SERVICES = {
    "laro-malmo": (("SE-1280",), ("laro",)),
    "syringe-exchange-stockholm": (("SE-0180",), ("syringe-exchange",)),
    "ambulance-skane": (("SE-12",), ("ambulance",)),
}


def register_services(broker, names=tuple(SERVICES)):
    """Registers demo services as the operator; repeated, it changes nothing."""
    with client(broker, "operator") as operators:
        for name in names:
            areas, roles = SERVICES[name]
            service = directory.Service(service_id=name, name=name, areas=areas, roles=roles,
                                        time_zone="Europe/Stockholm")
            operators.directory.RegisterService(
                directory_service.RegisterServiceRequest(
                    idempotency_key=f"register-{name}", register=command.RegisterService(service=service)),
                timeout=CALL_TIME_S)

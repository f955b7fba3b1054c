"""The rules of CAP 1.2 and of docs/cap.md for what a broker writes, in the tests' own words: an XML library, and no
code of the project's. Each function returns the faults it finds as lines of text."""

import re

from lxml import etree

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
WORDS = {
    "status": "Actual Exercise System Test Draft", "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private",
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown", "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}
TIMES = ("sent", "effective", "onset", "expires")
# In order; "!" exactly once, "?" at most once, "*" any number, "+" at least once.
PARTS = {
    "alert": "identifier! sender! sent! status! msgType! source? scope! restriction? addresses? code* note? references? "
             "incidents? info*",
    "info": "language? category+ event! responseType* urgency! severity! certainty! audience? eventCode* effective? onset? "
            "expires? senderName? headline? description? instruction? web? contact? parameter* resource* area*",
    "area": "areaDesc! polygon* circle* geocode* altitude? ceiling?",
    "resource": "resourceDesc! mimeType! size? uri? derefUri? digest?",
    "parameter": "valueName! value!", "geocode": "valueName! value!", "eventCode": "valueName! value!",
}
GEOCODES = {"SCB-lan": 2, "SCB-kommun": 4, "NO-fylke": 2, "NO-kommune": 4, "ISO3166-1": 2}


def parse(document):
    """The root element of a document in bytes."""
    return etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True))


def name_of(element):
    return etree.QName(element).localname


def text(element, path):
    """The text of the first such element, or None."""
    return element.findtext("/".join(CAP + part for part in path.split("/")))


def parameters(info):
    """The values of an info block's parameters by name."""
    found = {}
    for parameter in info.findall(CAP + "parameter"):
        found.setdefault(text(parameter, "valueName"), []).append(text(parameter, "value"))
    return found


def order_faults(element):
    """Children in CAP's order and number, all the way down."""
    kind = name_of(element)
    faults = []
    children = [name_of(child) for child in element if child.tag != SIGNATURE]
    expected = PARTS[kind].split()
    names = [part[:-1] for part in expected]
    faults += [f"{kind} holds {child}" for child in children if child not in names]
    places = [names.index(child) for child in children if child in names]
    if places != sorted(places):
        faults.append(f"{kind}: children out of order: {children}")
    for part in expected:
        count = children.count(part[:-1])
        if (part[-1] in "!?" and count > 1) or (part[-1] in "!+" and count == 0):
            faults.append(f"{kind}: {count} times {part[:-1]}")
    for child in element:
        if child.tag == SIGNATURE:
            continue
        if not child.tag.startswith(CAP):
            faults.append(f"{kind} holds an element of another namespace")
        elif name_of(child) in PARTS:
            faults += order_faults(child)
        elif name_of(child) in WORDS and child.text not in WORDS[name_of(child)].split():
            faults.append(f"{name_of(child)} is {child.text}")
        elif name_of(child) in TIMES and not TIME.fullmatch(child.text or ""):
            faults.append(f"{name_of(child)} is {child.text}")
    return faults


def message_faults(document):
    """What is wrong with a message that a broker wrote."""
    alert = parse(document)
    if alert.tag != CAP + "alert":
        return [f"the root is {alert.tag}"]
    faults = order_faults(alert)
    for part in ("identifier", "sender"):
        if not re.fullmatch(r"[!-%'-+\--;=-~]+", text(alert, part) or ""):
            faults.append(f"{part} is {text(alert, part)}")
    if text(alert, "scope") != "Restricted" or not text(alert, "restriction"):
        faults.append("scope isn't Restricted with its text")
    references = (text(alert, "references") or "").split()
    for reference in references:
        parts = reference.split(",")
        if len(parts) != 3 or not TIME.fullmatch(parts[2]):
            faults.append(f"reference {reference}")
    if (text(alert, "msgType") == "Alert") == bool(references):
        faults.append("an Alert references nothing, an Update and a Cancel what they change")
    infos = alert.findall(CAP + "info")
    languages = [text(info, "language") for info in infos]
    if None in languages or len(set(languages)) != len(languages):
        faults.append(f"languages are {languages}")
    for info in infos:
        faults += info_faults(info, text(alert, "status"))
    return faults


def info_faults(info, status):
    faults = []
    own = parameters(info)
    for name in ("seq", "version", "verification", "sender-grade", "phase", "event"):
        if len(own.get("gjallar:" + name, [])) != 1:
            faults.append(f"parameter gjallar:{name} is there {len(own.get('gjallar:' + name, []))} times")
    for area in info.findall(CAP + "area"):
        for geocode in area.findall(CAP + "geocode"):
            kind, value = text(geocode, "valueName"), text(geocode, "value")
            if kind in GEOCODES and len(value) != GEOCODES[kind]:
                faults.append(f"geocode {kind} is {value}")
    if status in ("Exercise", "Test"):
        said = [text(info, part) for part in ("headline", "description", "instruction")]
        said += own.get("gjallar:text.sms", []) + own.get("gjallar:text.summary", [])
        faults += [f"not marked: {one}" for one in said if one and not re.match(r"\[(ÖVNING|ØVELSE|HARJOITUS|EXERCISE|"
                                                                             r"TESTI?)\] ", one)]
    return faults

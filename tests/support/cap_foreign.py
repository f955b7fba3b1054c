"""Messages of other systems that say more than CAP 1.2 has elements for."""

EXTRA = '<x:{name} xmlns:x="urn:example:{name}" n="1">Mer &amp; &lt;mer&gt; <x:b>om det</x:b></x:{name}>'
STATUSES = ("Actual", "Exercise", "Test")


def extra(name):
    return EXTRA.format(name=name)


def pair(element, name, value):
    return f"<{element}><valueName>{name}</valueName><value>{value}</value></{element}>"


def area(number):
    return (f"<area><areaDesc>Område {number}</areaDesc><polygon>59.1,18.2 59.3,18.2 59.3,18.4 59.1,18.2</polygon>"
            f"<circle>59.3,18.06 12.5</circle>{pair('geocode', 'SCB-lan', '01')}{pair('geocode', 'UGC', 'X1')}"
            f"<altitude>-12.50</altitude><ceiling>3000</ceiling>{extra('area') if number % 2 else ''}</area>")


def info(language):
    return (f"<info><language>{language}</language><category>Safety</category><category>CBRNE</category>"
            "<event>Farligt ämne</event><responseType>Avoid</responseType><urgency>Immediate</urgency>"
            "<severity>Severe</severity><certainty>Likely</certainty><audience>Alla</audience>"
            f"{pair('eventCode', 'SAME', 'DRG')}<effective>2026-06-05T19:40:00+02:00</effective>"
            "<headline>Tabletter</headline><description>Rad ett\n  rad två</description>"
            f"<web>https://example.org/å%20b?a=1&amp;b=2#c</web>{pair('parameter', 'p', 'v &lt; w')}"
            "<resource><resourceDesc>Bild</resourceDesc><mimeType>image/jpeg</mimeType><size>0</size>"
            f"<uri>https://example.org/b.jpg</uri><derefUri>/9j/4AAQ</derefUri>{extra('resource')}</resource>"
            f"{area(1)}{area(2)}{area(3)}{extra('info')}</info>")


def documents():
    """A handful of messages: of several statuses, in one language and in two, and an Update."""
    out = []
    for number, status in enumerate(STATUSES):
        out.append(document(f"foreign-{number}", status, "Alert", number))
    out.append(document("foreign-9", "Actual", "Update", 1,
                        "<references>vma@example.org,foreign-0,2026-06-05T19:40:00+02:00</references>"))
    return out


def document(identifier, status, kind, number, references=""):
    languages = ("sv", "en") if number % 2 else ("sv",)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
            f"<identifier>{identifier}</identifier><sender>vma@example.org</sender>"
            f"<sent>2026-06-05T19:40:00+02:00</sent><status>{status}</status><msgType>{kind}</msgType>"
            f"<source>Larm</source><scope>Public</scope><code>c-1</code>{references}<incidents>larm-1</incidents>"
            f"{extra('before')}{''.join(info(language) for language in languages)}{extra('after')}</alert>\n")

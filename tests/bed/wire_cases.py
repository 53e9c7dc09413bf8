"""Writes what botocore sends and understands, for the tests of the wire client: one JSON object a line.

    python3 wire_cases.py FILE SEED SERVICE... SERVICE:OPERATION...
    python3 wire_cases.py FILE endpoints SERVICE...

For some operations of each service that only read, and for each operation that is named, inputs and outputs are made up
from the model. botocore's own serializers turn the inputs into requests, moto's turn the outputs into answers, and
botocore's parsers say what those answers mean, but for the members that the cut models leave out. Everything follows from
the seed.
"""

import base64
import datetime
import decimal
import json
import pathlib
import random
import sys

import botocore.endpoint_provider
import botocore.exceptions
import botocore.parsers
import botocore.serialize
import botocore.session
from botocore.awsrequest import HeadersDict
from moto.core.model import ServiceModel
from moto.core.serialize import SERIALIZERS

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "fixtures"))
import models

# How the cases of one operation are made: at random; with what is required alone; with everything; with nothing in texts,
# lists and maps; with members that are null, as JSON has them; with moments in other spellings.
SORTS = ["random", "random", "random", "least", "whole", "empty", "nulls", "moments"]
OPERATIONS_PER_SERVICE = 8
DEEPEST = 4
READS = ("List", "Describe", "Get", "BatchGet", "Search")
TEXTS = ["a", "records", "arn:aws:s3:::records/x", "with space & <markup> \"quotes\" 'too'", "Grüße 世界 🩺", "a=b&c=d+e%20f",
         "line\nbreak", "0", "true", "null", "{\"a\": [1, 2]}"]
# A moment, and how services spell it when they do not spell it as moto does.
MOMENT = 1_700_000_000
SPELLINGS = [(b"1700000000", [b"1700000000.0", b"1700000000.25", b"1.7E9"]),
             (b"2023-11-14T22:13:20Z", [b"2023-11-14T22:13:20.000Z", b"2023-11-14T22:13:20.25Z"])]
PLAIN = ["a", "records-2026", "i-0123456789abcdef0", "x.y_z~w"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sort = "random"

    def made(self, shape, sort):
        self.sort = sort
        return self.value(shape, 0) if shape else {}

    def is_given(self):
        if self.sort == "least":
            return False
        return self.sort in ("whole", "empty") or self.random.random() < 0.6

    def value(self, shape, depth, in_body=True):
        return getattr(self, shape.type_name, self.string)(shape, depth, in_body)

    def structure(self, shape, depth, in_body):
        if shape.is_document_type if hasattr(shape, "is_document_type") else False:
            return {"a": [1, "b", None, True]}
        made = {}
        if getattr(shape, "is_tagged_union", False):
            # Exactly one member is set; the shallowest keeps a union that holds itself from going on for ever.
            flat = [name for name, member in shape.members.items() if member.type_name not in ("structure", "list", "map")]
            name = self.random.choice(flat if flat and depth > DEEPEST else list(shape.members))
            return {name: self.value(shape.members[name], depth + 1, in_body)}
        for name, member in shape.members.items():
            placed = member.serialization.get("location")
            needed = name in shape.required_members or placed == "uri"
            if depth > DEEPEST and not needed:
                continue
            if member.serialization.get("hostLabel"):
                made[name] = "111122223333"
            elif needed or self.is_given():
                made[name] = self.value(member, depth + 1, placed is None)
        return made

    def list(self, shape, depth, in_body):
        if depth > DEEPEST or self.sort == "empty":
            return []
        return [self.value(shape.member, depth + 1, in_body) for _ in range(self.random.randint(0, 3))]

    def map(self, shape, depth, in_body):
        if depth > DEEPEST or self.sort == "empty":
            return {}
        made = {f"{self.text(shape.key, False)}{at}": self.value(shape.value, depth + 1, in_body)
                for at in range(self.random.randint(0, 2))}
        # Their order means nothing, and the wire client has an order of its own.
        return dict(sorted(made.items()))

    def string(self, shape, depth, in_body):
        return self.text(shape, in_body)

    def text(self, shape, in_body):
        if getattr(shape, "enum", None):
            # AWS adds values that a model does not know yet.
            return self.random.choice([*shape.enum, "SOMETHING_NEW"])
        if self.sort == "empty" and in_body:
            return ""
        return self.random.choice(TEXTS if in_body else PLAIN)

    def integer(self, shape, depth, in_body):
        return self.random.choice([0, 1, -1, 42, 2**31 - 1, -(2**31)])

    def long(self, shape, depth, in_body):
        return self.random.choice([0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63)])

    def short(self, shape, depth, in_body):
        return self.random.choice([0, 1, -1, 32767])

    def byte(self, shape, depth, in_body):
        return self.random.choice([0, 1, -1, 127])

    def float(self, shape, depth, in_body):
        return self.random.choice([0.0, 1.5, -2.25, 1024.0])

    double = float

    def boolean(self, shape, depth, in_body):
        return self.random.random() < 0.5

    def blob(self, shape, depth, in_body):
        return self.random.choice([b"", b"\x00\xff", b"text"])

    def timestamp(self, shape, depth, in_body):
        seconds = MOMENT if self.sort == "moments" else self.random.choice([0, 1, MOMENT, 4_102_444_800])
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def plain(value):
    """As JSON, in the wire client's way of writing it."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "").removesuffix("0000") + "Z"
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value


def request(service, operation, params):
    metadata = service.metadata
    serializer = botocore.serialize.create_serializer(service.resolved_protocol, include_validation=False)
    made = serializer.serialize_to_request(params, operation)
    body = made["body"]
    if isinstance(body, dict):
        # Query's parameters, before they are written as a form.
        return {"method": made["method"], "path": made["url_path"], "query": "", "form": plain(body), "body": None}
    if isinstance(body, str):
        body = body.encode()
    query = made["query_string"]
    query = [[name, plain(value)] for name, value in (query.items() if isinstance(query, dict) else query)] if query else []
    headers = {name: str(value) for name, value in made["headers"].items() if name not in ("Content-Type",)}
    return {"method": made["method"], "path": made["url_path"], "query": query, "form": None, "headers": headers,
            "body": base64.b64encode(body or b"").decode(), "version": metadata["apiVersion"]}


def with_nulls(shape, body, maker):
    """A JSON body in which some members are null."""
    if shape.type_name == "list" and isinstance(body, list):
        return [with_nulls(shape.member, one, maker) for one in body]
    if shape.type_name == "map" and isinstance(body, dict):
        return {key: with_nulls(shape.value, one, maker) for key, one in body.items()}
    if shape.type_name != "structure" or not isinstance(body, dict) or getattr(shape, "is_document_type", False):
        return body
    made = dict(body)
    # Of a union one member must be set.
    keeps_all = getattr(shape, "is_tagged_union", False)
    for name, member in shape.members.items():
        name = member.serialization.get("name", name)
        if name in body:
            made[name] = None if not keeps_all and maker.random.random() < 0.5 else with_nulls(member, body[name], maker)
    return made


def respelled(service, shape, body, maker):
    """An answer as another server might write it."""
    if maker.sort == "nulls" and "json" in service.resolved_protocol and body and "payload" not in shape.serialization:
        return json.dumps(with_nulls(shape, json.loads(body), maker)).encode()
    if maker.sort == "moments":
        for usual, others in SPELLINGS:
            body = body.replace(usual, maker.random.choice(others))
    return body


def read_of(service, shape, value):
    """What the cut models let through."""
    if shape.type_name == "structure" and isinstance(value, dict):
        kept = {}
        for name, one in value.items():
            if (service, shape.name, name) not in models.NEVER_READ | models.LEFT_OUT:
                kept[name] = read_of(service, shape.members[name], one) if name in shape.members else one
        return kept
    if shape.type_name == "list" and isinstance(value, (list, tuple)):
        return [read_of(service, shape.member, one) for one in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: read_of(service, shape.value, one) for key, one in value.items()}
    return value


def answer(service, moto_service, operation, output, maker):
    moto_operation = moto_service.operation_model(operation.name)
    serializer = SERIALIZERS[service.resolved_protocol](moto_operation)
    made = serializer.serialize(output)
    body = made["body"].encode() if isinstance(made["body"], str) else made["body"]
    shape = operation.output_shape
    if shape is not None:
        body = respelled(service, shape, body or b"", maker)
    headers = {name.lower(): str(value) for name, value in made["headers"].items()}
    parser = botocore.parsers.create_parser(service.resolved_protocol)
    given = {"status_code": made["status_code"], "headers": HeadersDict(headers), "body": body or b"", "context": {}}
    parsed = parser.parse(given, shape)
    parsed.pop("ResponseMetadata", None)
    if shape is not None:
        parsed = read_of(service.service_name, shape, parsed)
    return {"status": made["status_code"], "headers": headers, "body": base64.b64encode(body or b"").decode()}, plain(parsed)


def is_plain(shape):
    """Neither a stream nor raw bytes, which botocore takes for text where they are the whole body."""
    if shape is not None and "payload" in shape.serialization:
        if shape.members[shape.serialization["payload"]].type_name == "blob":
            return False
    return shape is None or not (shape.serialization.get("eventstream") or any(
        member.serialization.get("streaming") or member.serialization.get("eventstream")
        for member in getattr(shape, "members", {}).values()))


def endpoints(path, services):
    """Where botocore sends requests of each service, region and variant, and for which region it signs them."""
    loader = botocore.session.get_session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    with open(path, "w") as out:
        for name in services:
            rules = loader.load_service_model(name, "endpoint-rule-set-1")
            provider = botocore.endpoint_provider.EndpointProvider(rules, partitions)
            known = rules["parameters"]
            defaults = {key: one["default"] for key, one in known.items() if "default" in one}
            regions = [region for part in partitions["partitions"] for region in part["regions"]]
            for region in [*(one for one in regions if not one.endswith("-global")), "eu-future-7"]:
                for fips in (False, True):
                    for dual in (False, True):
                        wanted = {"Region": region, "UseFIPS": fips, "UseDualStack": dual}
                        try:
                            given = {key: value for key, value in wanted.items() if key in known}
                            found = provider.resolve_endpoint(**{**defaults, **given})
                        except botocore.exceptions.EndpointProviderError:
                            url, signed_for = None, None
                        else:
                            schemes = found.properties.get("authSchemes", [])
                            scheme = next((one for one in schemes if one["name"] == "sigv4"), {})
                            url, signed_for = found.url, scheme.get("signingRegion", region)
                        out.write(json.dumps([name, region, fips, dual, url, signed_for]) + "\n")


def main():
    path, seed, *services = sys.argv[1:]
    if seed == "endpoints":
        return endpoints(path, services)
    session = botocore.session.get_session()
    wanted = {}
    for name in services:
        name, _, operation = name.partition(":")
        wanted.setdefault(name, []).extend([operation] if operation else [])
    with open(path, "w") as out:
        for name, operations in wanted.items():
            maker = Maker(f"{seed}-{name}")
            service = session.get_service_model(name)
            moto_service = ServiceModel(session.get_component("data_loader").load_service_model(name, "service-2"), name)
            for operation_name in operations or some_reads(service, maker):
                operation = service.operation_model(operation_name)
                for sort in SORTS:
                    params = made_input(name, operation, maker, sort)
                    output = maker.made(operation.output_shape, sort)
                    case = {"service": name, "operation": operation_name, "sort": sort, "input": plain(params),
                            "request": request(service, operation, params)}
                    case["response"], case["output"] = answer(service, moto_service, operation, output, maker)
                    out.write(json.dumps(case) + "\n")


def some_reads(service, maker):
    reads = [one for one in service.operation_names if one.startswith(READS)]
    maker.random.shuffle(reads)
    models_of = map(service.operation_model, reads)
    able = [one.name for one in models_of if is_plain(one.input_shape) and is_plain(one.output_shape)]
    return able[:OPERATIONS_PER_SERVICE]


def made_input(service, operation, maker, sort):
    """Something to ask. Nothing in an address would be another address."""
    if operation.input_shape is None:
        return {}
    made = maker.made(operation.input_shape, "random" if sort == "empty" else sort)
    return read_of(service, operation.input_shape, made)


if __name__ == "__main__":
    main()

"""Writes what the test bed must know of AWS's wire formats, from the models that botocore ships: how a request names its
operation, and how a list comes in pages. Read by tests/it/wire.rs, so that a new collector needs no line there.

    {"s3": {"signing_name": "s3", "protocol": "rest-xml", "target_prefix": null,
            "routes": [["GET", "/{Bucket}?policy", "GetBucketPolicy"], ...],
            "pages": {"ListBuckets": {"token": "continuation-token", "next": "ContinuationToken", "more": null,
                                      "lists": ["Buckets"]}}}}

Services are keyed by their SDK name in lower case. All names are those on the wire.
"""

import json
import sys

import botocore.session
from botocore.exceptions import DataNotFoundError

# Signed as another service, s3express, though the model does not say so.
ELSEWHERE = {"ListDirectoryBuckets"}

# Told from writing an object by a header alone, and never called here.
COPIES = {"CopyObject", "UploadPartCopy"}

# What services call their page tokens, for the operations that botocore's own list of pages leaves out.
TOKENS_ASKED = ["NextToken", "nextToken", "Marker", "marker", "ContinuationToken", "PageToken", "pageToken"]
TOKENS_TOLD = ["NextToken", "nextToken", "NextMarker", "Marker", "marker", "ContinuationToken", "NextContinuationToken"]


def main(out):
    loader = botocore.session.get_session().get_component("data_loader")
    services = {}
    for name in loader.list_available_services("service-2"):
        model = loader.load_service_model(name, "service-2")
        services[sdk_name(model["metadata"])] = describe(model, pagination(loader, name))
    json.dump(services, out, sort_keys=True)


def sdk_name(metadata):
    return metadata["serviceId"].lower().replace(" ", "").replace("-", "")


def pagination(loader, name):
    try:
        return loader.load_service_model(name, "paginators-1")["pagination"]
    except DataNotFoundError:
        return {}


def describe(model, pages):
    metadata = model["metadata"]
    rest = metadata["protocol"].startswith("rest")
    described = {name: page(model, name, pages.get(name)) for name in model["operations"]}
    return {
        "signing_name": metadata.get("signingName", metadata["endpointPrefix"]),
        "protocol": metadata["protocol"],
        "target_prefix": metadata.get("targetPrefix"),
        "routes": [route(name, model) for name in model["operations"] if name not in ELSEWHERE | COPIES] if rest else [],
        "pages": {name: found for name, found in described.items() if found},
    }


def route(name, model):
    """Method, address and name. What a request must have in its query tells it from others of the same address."""
    http, of_input = model["operations"][name]["http"], members(model, name, "input")
    shape = model["shapes"].get(model["operations"][name].get("input", {}).get("shape"), {})
    asked = [of_input[member] for member in shape.get("required", [])]
    asked = [one["locationName"] for one in asked
             if one.get("location") == "querystring" and model["shapes"][one["shape"]]["type"] != "map"]
    address, _, query = http["requestUri"].partition("?")
    query = "&".join(filter(None, [query, *asked]))
    return [http["method"], f"{address}?{query}" if query else address, name]


def page(model, operation, entry):
    asked, told = members(model, operation, "input"), members(model, operation, "output")
    if entry:
        token, following, lists = first(entry["input_token"]), first(entry["output_token"]), listed(entry["result_key"])
        more = entry.get("more_results")
    else:
        token = next((name for name in TOKENS_ASKED if name in asked), None)
        following = next((name for name in TOKENS_TOLD if name in told), None)
        lists = [name for name in told if model["shapes"][told[name]["shape"]]["type"] == "list"]
        more = None
    if not (token and following and lists):
        return None
    return {
        "token": asked_on_the_wire(model, asked, token),
        "next": on_the_wire(told, following),
        "more": on_the_wire(told, more) if more else None,
        "lists": [on_the_wire(told, name) for name in lists],
    }


def members(model, operation, side):
    shape = model["operations"][operation].get(side, {}).get("shape")
    return model["shapes"].get(shape, {}).get("members", {})


def first(value):
    return value if isinstance(value, str) else value[0]


def listed(value):
    return [value] if isinstance(value, str) else value


def asked_on_the_wire(model, known, member):
    """EC2 takes names with a capital letter that it tells in small ones."""
    name = on_the_wire(known, member)
    return name[:1].upper() + name[1:] if model["metadata"]["protocol"] == "ec2" else name


def on_the_wire(known, member):
    """The last step of a path such as DistributionList.Items is what stands before the list itself."""
    return known.get(member, {}).get("locationName", member.rsplit(".", 1)[-1])


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        main(file)

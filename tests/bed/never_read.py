"""Prints the members that fixtures/models.py leaves out of every model, one JSON object a line: service, shape, member,
whether botocore has it, and an operation whose answer holds it."""

import json
import pathlib
import sys

import botocore.session

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "fixtures"))
import models


def reached(shape, seen):
    """The names of the structures that a shape holds."""
    if shape is None or shape.name in seen:
        return seen
    if shape.type_name == "structure":
        seen.add(shape.name)
        for member in shape.members.values():
            reached(member, seen)
    elif shape.type_name == "list":
        reached(shape.member, seen)
    elif shape.type_name == "map":
        reached(shape.value, seen)
    return seen


def main():
    session = botocore.session.get_session()
    for name, shape, member in sorted(models.NEVER_READ):
        service = session.get_service_model(name)
        operations = map(service.operation_model, service.operation_names)
        holder = next((one.name for one in operations if shape in reached(one.output_shape, set())), None)
        known = shape in service.shape_names and member in service.shape_for(shape).members
        print(json.dumps({"service": name, "shape": shape, "member": member, "known": known, "operation": holder}))


if __name__ == "__main__":
    main()

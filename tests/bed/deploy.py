"""Holds the templates in deploy/ against cfn-lint, and creates their stacks in moto.

    deploy.py lint FILE...
    deploy.py create ENDPOINT TEMPLATE STACK PARAMETERS

`lint` prints what is wrong and fails if there is any. `create` prints which resources there are, by logical id, which types
moto does not know, the definition of the state machine as AWS would read it, what the roles allow and whom they trust, and
the function's environment. Moto's CloudFormation ignores most properties of buckets and knows no bucket policies: those are
set here, through the services' own operations, from the template's text and nothing else, and so are alarms. And it takes a
key's policy as text only, so it gets that one property resolved.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import yaml

REGION = "us-east-1"
ABSENT = object()


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def short_form(loader, suffix, node):
    construct = {"scalar": loader.construct_scalar, "sequence": loader.construct_sequence, "mapping": loader.construct_mapping}
    value = construct[node.id](node) if node.id == "scalar" else construct[node.id](node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", short_form)


class Stack:
    """What the functions of a template mean in a stack."""

    def __init__(self, name, template, parameters, account):
        self.template, self.account = template, account
        self.pseudo = {
            "AWS::AccountId": account,
            "AWS::NoValue": ABSENT,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self.values = {}
        for name, spec in template["Parameters"].items():
            value = parameters.get(name, spec.get("Default"))
            read = {"CommaDelimitedList": lambda text: text.split(","), "Number": int}
            self.values[name] = read.get(spec["Type"], str)(value)
        self.ids = {}

    def of(self, value):
        if isinstance(value, list):
            return [item for item in map(self.of, value) if item is not ABSENT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref":
                return self.ref(argument)
            if function.startswith("Fn::"):
                return getattr(self, function.removeprefix("Fn::").lower())(argument)
        resolved = {key: self.of(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not ABSENT}

    def ref(self, name):
        for known in (self.pseudo, self.values, self.ids):
            if name in known:
                return known[name]
        raise KeyError(name)

    def getatt(self, argument):
        name, attribute = argument
        if attribute == "QueueName":
            return self.ids[name].rsplit("/", 1)[-1]
        place = f"{REGION}:{self.account}"
        prefix = {
            "AWS::S3::Bucket": "arn:aws:s3:::",
            "AWS::KMS::Key": f"arn:aws:kms:{place}:key/",
            "AWS::Lambda::Function": f"arn:aws:lambda:{place}:function:",
            "AWS::SQS::Queue": f"arn:aws:sqs:{place}:",
        }
        assert attribute == "Arn", f"{name}.{attribute} is not needed by anything so far"
        return prefix[self.template["Resources"][name]["Type"]] + self.ids[name].rsplit("/", 1)[-1]

    def sub(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})
        own = self.of(own)
        attribute = lambda name: self.getatt(name.split(".")) if "." in name else str(self.ref(name))
        return re.sub(r"\$\{([^}]+)\}", lambda match: own.get(match[1]) or attribute(match[1]), text)

    def join(self, argument):
        separator, parts = argument
        return separator.join(self.of(parts))

    def equals(self, argument):
        left, right = self.of(argument)
        return left == right

    def not_(self, argument):
        return not self.of(argument[0])

    def holds(self, condition):
        return self.of(self.template["Conditions"][condition])

    def if_(self, argument):
        condition, yes, no = argument
        return self.of(yes if self.holds(condition) else no)

    def wanted(self):
        resources = self.template["Resources"].items()
        return {name: it for name, it in resources if "Condition" not in it or self.holds(it["Condition"])}


    def allowed(self):
        """The statements of every role's policies, by the role's logical id."""
        roles = {}
        for resource in self.wanted().values():
            if resource["Type"] == "AWS::IAM::ManagedPolicy":
                for role in resource["Properties"]["Roles"]:
                    roles.setdefault(role["Ref"], []).extend(self.of(resource["Properties"]["PolicyDocument"])["Statement"])
        return roles

    def environment(self):
        """The function's variables."""
        functions = [it for it in self.wanted().values() if it["Type"] == "AWS::Lambda::Function"]
        return self.of(functions[0]["Properties"]["Environment"]["Variables"]) if functions else {}

    def trusts(self):
        """Whom every role trusts, by the role's logical id."""
        roles = {name: it for name, it in self.wanted().items() if it["Type"] == "AWS::IAM::Role"}
        return {name: self.of(it["Properties"]["AssumeRolePolicyDocument"])["Statement"] for name, it in roles.items()}


# Words of Python's own.
setattr(Stack, "if", Stack.if_)
setattr(Stack, "not", Stack.not_)


def upload_code(client, bucket, key):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("bootstrap", b"\x7fELF")
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key=key, Body=content.getvalue())


def renamed(value, names):
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    return value


def finish_bucket(s3, bucket, properties):
    """Every property of a bucket in a template, or a KeyError that names the one that is new."""
    put = {
        "BucketEncryption": lambda it: s3.put_bucket_encryption(
            Bucket=bucket, ServerSideEncryptionConfiguration=encryption(it["ServerSideEncryptionConfiguration"])
        ),
        "ObjectLockEnabled": lambda _: None,  # the configuration says it again
        "VersioningConfiguration": lambda it: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=it),
        "PublicAccessBlockConfiguration": lambda it: s3.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration=it
        ),
        "OwnershipControls": lambda it: s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=it),
        "LoggingConfiguration": lambda it: s3.put_bucket_logging(
            Bucket=bucket,
            BucketLoggingStatus={
                "LoggingEnabled": {"TargetBucket": it["DestinationBucketName"], "TargetPrefix": it["LogFilePrefix"]}
            },
        ),
        "LifecycleConfiguration": lambda it: s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [lifecycle_rule(rule) for rule in it["Rules"]]}
        ),
        "ObjectLockConfiguration": lambda it: s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=it),
    }
    order = ["VersioningConfiguration", "OwnershipControls"]
    for name in sorted(properties, key=lambda name: (name not in order, name)):
        put[name](properties[name])


def finish_key(kms, key, properties):
    if properties.get("EnableKeyRotation"):
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=properties["RotationPeriodInDays"])


def encryption(rules):
    """The rules as S3's operation spells them."""
    names = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {"Rules": renamed(rules, names)}


def lifecycle_rule(rule):
    """The rule as S3's operation spells it."""
    days = {"ExpirationInDays": "Expiration"}
    rule = {days.get(key, key): {"Days": value} if key in days else value for key, value in rule.items()}
    return renamed(rule, {"Id": "ID"}) | {"Filter": {"Prefix": ""}}


def create(endpoint, path, name, parameters):
    import boto3

    client = lambda service: boto3.client(service, endpoint_url=endpoint, region_name=REGION)
    template, parameters = yaml.load(Path(path).read_text("utf-8"), Loader), json.loads(parameters)
    if "CodeBucket" in parameters:
        upload_code(client, parameters["CodeBucket"], parameters["CodeKey"])
    stack = Stack(name, template, parameters, client("sts").get_caller_identity()["Account"])
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::KMS::Key":
            resource["Properties"]["KeyPolicy"] = json.dumps(stack.of(resource["Properties"]["KeyPolicy"]))
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(template, default=str),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    state = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    assert state["StackStatus"] == "CREATE_COMPLETE", state
    created = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    created = [it for it in created if it["ResourceType"]]  # moto lists what it does not know without type and name
    stack.ids = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in created}
    s3 = client("s3")
    # Policies first: who receives access logs must allow it.
    for logical, resource in sorted(stack.wanted().items(), key=lambda it: it[1]["Type"] != "AWS::S3::BucketPolicy"):
        is_finished_here = resource["Type"].startswith(("AWS::S3::", "AWS::KMS::Key"))
        properties = stack.of(resource["Properties"]) if is_finished_here else None
        if resource["Type"] == "AWS::S3::BucketPolicy":
            s3.put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"]))
        elif resource["Type"] == "AWS::KMS::Key":
            finish_key(client("kms"), stack.ids[logical], properties)
        elif resource["Type"] == "AWS::S3::Bucket":
            finish_bucket(s3, stack.ids[logical], properties)
    definitions = [
        stack.of(resource["Properties"]["DefinitionString"])
        for resource in stack.wanted().values()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    ]
    for definition in definitions:
        # Moto's own reading of the template makes `$.` of `$$.`; Step Functions gets the text as AWS has it.
        role = f"arn:aws:iam::{stack.account}:role/any"
        client("stepfunctions").create_state_machine(name="as-aws-reads-it", definition=definition, roleArn=role)
    alarms = client("cloudwatch")
    for logical, resource in stack.wanted().items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            alarms.put_metric_alarm(AlarmName=logical, **stack.of(resource["Properties"]))
    skipped = {it["Type"] for logical, it in stack.wanted().items() if logical not in stack.ids}
    print(
        json.dumps(
            {
                "resources": {it["LogicalResourceId"]: [it["ResourceType"], it["PhysicalResourceId"]] for it in created},
                "skipped": sorted(skipped),
                "definitions": list(map(json.loads, definitions)),
                "allowed": stack.allowed(),
                "trusts": stack.trusts(),
                "environment": stack.environment(),
                "alarms": {alarm["AlarmName"]: alarm for alarm in alarms.describe_alarms()["MetricAlarms"]},
            },
            default=str,
        )
    )


def lint(*paths):
    command = [Path(sys.executable).with_name("cfn-lint"), "--regions", REGION, "--", *paths]
    ended = subprocess.run(command, capture_output=True, text=True)
    print(ended.stdout + ended.stderr)
    return ended.returncode


def lint_definition(definition):
    """cfn-lint reads a definition only where no function stands in it, so it gets one that moto has resolved."""
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": "arn:aws:iam::123456789012:role/x", "Definition": json.loads(definition)},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": machine}}, file)
        file.flush()
        return lint(file.name)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    sys.exit({"lint": lint, "create": create, "lint-definition": lint_definition}[command](*arguments))

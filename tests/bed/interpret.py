"""Runs a state machine in moto's own interpreter: every task that invokes the function gets the next of the given answers.

    interpret.py DEFINITION ANSWERS WORKERS

All three are JSON: the definition, a list of answers, and the list that the map reads from S3, at the place which the first
answer names. Prints how the run ended, what came out, which tasks were begun with what, and how many answers were left.
"""

import json
import os
import re
import sys
import time

ACCOUNT, REGION = "123456789012", "us-east-1"
os.environ.update(AWS_ACCESS_KEY_ID="id", AWS_SECRET_ACCESS_KEY="secret", AWS_DEFAULT_REGION=REGION)
# A zip without files.
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def main(definition, answers, workers):
    import boto3
    from moto import mock_aws
    from moto.awslambda_simple.models import lambda_simple_backends

    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}):
        role = boto3.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        place = json.loads(answers)[0]["workers"]
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=place["bucket"])
        s3.put_object(Bucket=place["bucket"], Key=place["key"], Body=workers)
        definition = json.loads(re.sub(r":\d{12}:", f":{ACCOUNT}:", definition))
        for function in functions(definition):
            boto3.client("lambda").create_function(
                FunctionName=function, Runtime="provided.al2023", Role=role, Handler="bootstrap", Code={"ZipFile": EMPTY_ZIP}
            )
        topic = definition["States"]["Announce"]["Parameters"]["TopicArn"].rsplit(":", 1)[1]
        boto3.client("sns").create_topic(Name=topic)
        waiting = lambda_simple_backends[ACCOUNT][REGION].lambda_simple_results_queue
        waiting.extend(json.dumps(answer) for answer in json.loads(answers))
        # Moto's grammar wants a fraction here, which Step Functions takes as well.
        tolerated = definition["States"]["ScanAccounts"]
        tolerated["ToleratedFailurePercentage"] = float(tolerated["ToleratedFailurePercentage"])
        states = boto3.client("stepfunctions")
        machine = states.create_state_machine(name="any", definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
        run = states.start_execution(stateMachineArn=machine, input=json.dumps({"run_id": "weekly"}))["executionArn"]
        for _ in range(600):
            end = states.describe_execution(executionArn=run)
            if end["status"] != "RUNNING":
                break
            time.sleep(0.1)
        begun = [
            json.loads(event["taskScheduledEventDetails"]["parameters"])
            for event in states.get_execution_history(executionArn=run)["events"]
            if event["type"] == "TaskScheduled"
        ]
        output = json.loads(end.get("output", "null"))
        print(json.dumps({"status": end["status"], "output": output, "begun": begun, "left": len(waiting)}))


def functions(definition):
    """The names of the functions that tasks of the definition invoke, those of maps too."""
    names = set()
    for state in definition["States"].values():
        if "ItemProcessor" in state:
            names |= functions(state["ItemProcessor"])
        arn = state.get("Parameters", {}).get("FunctionName")
        if arn:
            names.add(arn.rsplit(":", 1)[1])
    return names


if __name__ == "__main__":
    main(*sys.argv[1:])

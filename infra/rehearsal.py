"""What `infra/rehearsal` needs beyond the SAM CLI: settles the stack, stands before its API, and asks what happened.

settle PORT   fills the secrets, tells the functions the portal's address on this machine, spreads ticks over no time
serve PORT    hands every request to the stack's HTTP API (the sandboxes send people back to localhost only)
tick          wakes the fan-out and waits until every linked user has had a session; prints their status

Never talks to anything but AWS_ENDPOINT_URL.
"""

import http.client
import http.server
import json
import secrets
import sys
import time
import urllib.parse

import boto3

STACK = "synchronizer"
MAIL_IDENTITY = "example.com"


def outputs():
    stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def settle(port):
    vault = boto3.client("secretsmanager")
    # The registrations that the sandbox vendors know.
    oauth = {
        "superoffice": {"client_id": "synchronizer-local", "client_secret": "local-superoffice-secret"},
        "microsoft": {"client_id": "11111111-2222-4333-8444-555555555555", "client_secret": "local-microsoft-secret"},
    }
    found = outputs()
    vault.put_secret_value(SecretId=found["OAuthSecret"], SecretString=json.dumps(oauth))
    # ministack generates a password without regard to the excluded characters.
    keyring = json.loads(vault.get_secret_value(SecretId=found["KeyringSecret"])["SecretString"])
    keyring[keyring["current"]] = secrets.token_hex(32)
    vault.put_secret_value(SecretId=found["KeyringSecret"], SecretString=json.dumps(keyring))
    # ministack leaves out the time-to-live of a table.
    boto3.client("dynamodb").update_time_to_live(
        TableName=found["TableName"], TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
    )
    # Whoever deploys has verified the sender before.
    boto3.client("sesv2").create_email_identity(EmailIdentity=MAIL_IDENTITY)
    functions = boto3.client("lambda")
    # ministack keeps a number that came through a parameter as text, and then cannot compare it.
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if most := mapping.get("ScalingConfig", {}).get("MaximumConcurrency"):
            functions.update_event_source_mapping(
                UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": int(most)}
            )
    for function in functions.list_functions()["Functions"]:
        if not function["FunctionName"].startswith(f"{STACK}-"):
            continue
        variables = function["Environment"]["Variables"]
        variables |= {"PORTAL_URL": f"http://localhost:{port}", "SPREAD_SECONDS": "0"}
        functions.update_function_configuration(
            FunctionName=function["FunctionName"], Environment={"Variables": variables}
        )
        print(function["FunctionName"], ", ".join(function["Architectures"]), function["CodeSize"], "bytes")


def serve(port):
    api = urllib.parse.urlsplit(outputs()["PortalAddress"])

    class Door(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            inside = http.client.HTTPConnection("127.0.0.1", api.port, timeout=60)
            inside.request(self.command, self.path, body, headers | {"Host": api.netloc})
            answer = inside.getresponse()
            content = answer.read()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = pass_on

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Door).serve_forever()


def controls():
    rows = boto3.client("dynamodb").scan(
        TableName=outputs()["TableName"],
        FilterExpression="SK = :control",
        ExpressionAttributeValues={":control": {"S": "CONTROL"}},
    )["Items"]
    return {row["PK"]["S"]: {name: next(iter(value.values())) for name, value in row.items()} for row in rows}


def tick():
    before = {user: row.get("fence") for user, row in controls().items()}
    answer = boto3.client("lambda").invoke(FunctionName=f"{STACK}-fanout", Payload=b"{}")
    print("fan-out:", answer["StatusCode"], answer.get("FunctionError", "no error"), answer["Payload"].read().decode())
    for _ in range(120):
        now = controls()
        if now and all(row.get("fence") != before.get(user) and "holder" not in row for user, row in now.items()
                       if '"active"' in row.get("standing", "")):
            break
        time.sleep(0.5)
    for user, row in now.items():
        print(user, json.dumps({name: row[name] for name in sorted(row) if name not in ("PK", "SK")}))


if __name__ == "__main__":
    {"settle": settle, "serve": serve, "tick": tick}[sys.argv[1]](*sys.argv[2:])

"""moto's server on a free loopback port, for as long as the test process lives.

Prints the port. Ends when its standard input closes: that happens however the test process ends, so none is left behind.
"""

import json
import os
import sys
import threading

# Read when moto is imported: accounts have AWS's own policies, as real ones do, but only some of the fourteen hundred,
# which moto would all write into every answer about an account's authorizations.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
KEPT = ["AdministratorAccess", "IAMUserChangePassword", "PowerUserAccess"]

import moto.iam.aws_managed_policies as managed

ALL = json.loads(managed.aws_managed_policies_data)
managed.aws_managed_policies_data = json.dumps({name: ALL[name] for name in KEPT})

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server


class Quiet(MotoRequestHandler):
    def log_request(self, *_args):
        pass


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Quiet)
threading.Thread(target=end_with_parent, daemon=True).start()
print(server.server_port, flush=True)
server.serve_forever()

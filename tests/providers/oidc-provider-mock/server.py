"""PyPI's oidc-provider-mock on a free loopback port, for tests.

Any client identifier and secret will do. It prints one line of JSON when it listens, and stops
when it is killed.
"""

import json
import logging
import os
import signal

from oidc_provider_mock import run_server_in_thread

# Authlib refuses http otherwise, on loopback too.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
# No log line for each request.
logging.getLogger("werkzeug").setLevel(logging.WARNING)

with run_server_in_thread() as server:
    issuer = f"http://127.0.0.1:{server.server_port}"
    print(json.dumps({"ev": "listening", "issuer": issuer}), flush=True)
    # A signal ends the process; the server's thread does the rest.
    signal.pause()

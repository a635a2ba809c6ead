"""One instance of an AWS Lambda function behind an API Gateway HTTP API, on free loopback ports.

It starts the program that FUNCTION names at the first request, gives it one request at a time as an
event of version 2.0, and freezes it (SIGSTOP) as soon as it has its response, before anybody else sees
it. The next request thaws it. Settings, by environment:

  FUNCTION  the program
  TIMEOUT   the seconds that an invocation may take, 60 unless given; the function hears of it and is
            killed after it

It prints a line of JSON when it listens, and one for each invocation. Everything ends when standard
input does, so that nothing outlives a test that fails.
"""

import base64
import http.server
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

TIMEOUT = float(os.environ.get("TIMEOUT", "60"))
# API Gateway's quota for the request line and the headers of a request.
MAX_REQUEST_HEAD = 10_240


def say(event):
    print(json.dumps(event), flush=True)


class Instance:
    """The function's process."""

    def __init__(self):
        self.one_at_a_time = threading.Lock()
        self.events = queue.Queue()
        self.responses = queue.Queue()
        self.invocation = None
        self.process = None

    def invoke(self, event):
        """Gives the function an event, and returns its response; None if it fails."""
        with self.one_at_a_time:
            began = time.monotonic()
            self.responses = queue.Queue()
            self.invocation = str(uuid.uuid4())
            is_cold = self.process is None
            if is_cold:
                self.start()
            else:
                os.kill(self.process.pid, signal.SIGCONT)
            self.events.put((self.invocation, time.time() + TIMEOUT, event))
            try:
                response = self.responses.get(timeout=TIMEOUT)
            except queue.Empty:
                # Lambda resets an instance that takes too long.
                self.invocation = None
                self.kill()
                response = None
            milliseconds = round((time.monotonic() - began) * 1000, 1)
            say({"ev": "invocation", "cold": is_cold, "ms": milliseconds, "response": response is not None})
            return response

    def start(self):
        function = dict(
            os.environ,
            AWS_LAMBDA_RUNTIME_API=address(runtime_api),
            AWS_LAMBDA_FUNCTION_NAME="function",
            AWS_LAMBDA_FUNCTION_MEMORY_SIZE="128",
            AWS_LAMBDA_FUNCTION_VERSION="1",
            AWS_LAMBDA_LOG_GROUP_NAME="group",
            AWS_LAMBDA_LOG_STREAM_NAME="stream",
        )
        # Events that an earlier process did not fetch must not reach this one.
        self.events = queue.Queue()
        self.process = subprocess.Popen([os.environ["FUNCTION"]], env=function, stdin=subprocess.DEVNULL)
        threading.Thread(target=self.watch, args=[self.process], daemon=True).start()

    def watch(self, process):
        """A function that has exited, for example because of a wrong setting, answers nothing."""
        process.wait()
        if self.process is process:
            self.process = None
            if self.invocation is not None:
                self.invocation = None
                self.responses.put(None)

    def finish(self, invocation, response):
        """Accepts the function's response, and freezes the process."""
        if invocation != self.invocation:
            return
        self.invocation = None
        os.kill(self.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        self.responses.put(response)

    def kill(self):
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_):
        pass


class RuntimeApi(Handler):
    """Requests of the function's runtime."""

    def do_GET(self):  # /2018-06-01/runtime/invocation/next
        invocation, deadline, event = instance.events.get()
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation),
            ("Lambda-Runtime-Deadline-Ms", str(int(deadline * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:0:function:function"),
        ]
        self.answer(200, headers, json.dumps(event).encode())

    def do_POST(self):  # /2018-06-01/runtime/invocation/{id}/response, …/error
        body = self.body()
        *_, invocation, kind = self.path.split("/")
        if kind != "response":
            print("the function failed:", body.decode(), file=sys.stderr, flush=True)
        instance.finish(invocation, json.loads(body) if kind == "response" else None)
        self.answer(202, [])


class Gateway(Handler):
    """Requests of browsers."""

    def do_GET(self):
        body = self.body()
        head = len(self.requestline) + sum(len(name) + len(value) for name, value in self.headers.items())
        if head > MAX_REQUEST_HEAD:
            self.answer(431, [])
            return
        response = instance.invoke(self.event(body))
        if response is None:
            self.answer(502, [])
            return
        headers = [
            (name, value)
            for name, value in (response.get("headers") or {}).items()
            # Cookies are a separate array.
            if name.lower() not in ("set-cookie", "content-length")
        ]
        headers += [("Set-Cookie", cookie) for cookie in response.get("cookies") or []]
        body = response.get("body") or ""
        body = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
        self.answer(response["statusCode"], headers, body)

    do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = do_GET

    def event(self, body):
        url = urllib.parse.urlsplit(self.path)
        headers, cookies = {}, []
        for name, value in self.headers.items():
            name = name.lower()
            if name == "cookie":
                cookies += [cookie.strip() for cookie in value.split(";")]
            else:
                headers[name] = f"{headers[name]},{value}" if name in headers else value
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": url.path,
            "rawQueryString": url.query,
            "headers": headers,
            "isBase64Encoded": bool(body),
            "body": base64.b64encode(body).decode() if body else None,
            "requestContext": {
                "accountId": "0",
                "apiId": "api",
                "domainName": headers.get("host", "localhost"),
                "domainPrefix": "api",
                "http": {
                    "method": self.command,
                    "path": url.path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": headers.get("user-agent", ""),
                },
                "requestId": "request",
                "routeKey": "$default",
                "stage": "$default",
                "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
                "timeEpoch": int(time.time() * 1000),
            },
        }
        if cookies:
            event["cookies"] = cookies
        return event


def serve(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def address(server):
    host, port = server.server_address
    return f"{host}:{port}"


instance = Instance()
runtime_api = serve(RuntimeApi)
gateway = serve(Gateway)
say({"ev": "listening", "gateway": address(gateway)})
try:
    sys.stdin.read()
finally:
    instance.kill()

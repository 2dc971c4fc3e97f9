# SPDX-License-Identifier: Apache-2.0
"""kill_server.py STRATA CONFIG LOG TIMES: a registry under load is killed again and again. Whatever it has acknowledged is there after
the restart, whole; what is visible is whole; and in the end `registry fsck` finds nothing."""
import http.client, os, random, re, signal, subprocess, sys, threading, time
from registry_client import Client, digest

strata, config, log, times = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
random.seed(7)
GONE = (OSError, http.client.HTTPException)


def start():
    with open(log, "wb") as out:
        server = subprocess.Popen([strata, "registry", "serve", config], stderr=out, stdout=subprocess.DEVNULL,
                                  env={**os.environ, "REGISTRY_HTTP_ADDR": "127.0.0.1:0"})
    deadline = time.monotonic() + 60
    while True:
        found = re.search(r'listening on ([0-9.:]+)', open(log).read())
        if found:
            return server, found[1]
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit("the registry did not start:\n" + open(log).read())
        time.sleep(0.002)


class Worker(threading.Thread):
    """Pushes images, moves and removes tags, until the server is gone; knows what was acknowledged."""

    def __init__(self, host, number, turn):
        super().__init__()
        self.client, self.number, self.turn = Client(host), number, turn
        self.repository = f"kill/w{number}"
        self.tags, self.blobs = {}, {}  # acknowledged: tag -> digest or None; digest -> content
        self.unknown = set()            # tags of the request that had no answer
        self.failure = None

    def run(self):
        try:
            for step in range(10_000):
                self.push(step)
        except GONE:
            pass
        except Exception as failure:
            self.failure = failure

    def push(self, step):
        note = f"{self.turn}-{self.number}-{step}"
        config, layer = b'{"note":"%s"}' % note.encode(), os.urandom(random.randrange(1, 60_000))
        for content in (config, layer):
            self.blobs[self.client.push_blob(self.repository, content)] = content
        tag = f"t{step % 5}"
        self.unknown = {tag}
        text = self.client.put_manifest(self.repository, tag, config, layer, note)
        self.tags[tag], self.unknown = digest(text), set()
        if step % 4 == 3:
            self.unknown = {tag}
            self.client.must(202, "DELETE", f"/v2/{self.repository}/manifests/{tag}")
            self.tags[tag], self.unknown = None, set()


def check(host, workers):
    client = Client(host)
    for worker in workers:
        for tag, wanted in worker.tags.items():
            status, fields, body = client.ask("GET", f"/v2/{worker.repository}/manifests/{tag}")
            if tag in worker.unknown:
                assert status in (200, 404), status
            elif wanted is None:
                assert status == 404, f"{worker.repository}:{tag} was removed, and is back"
            else:
                assert status == 200 and digest(body) == wanted, f"{worker.repository}:{tag} was acknowledged, and is lost"
        for name, content in worker.blobs.items():
            status, _, body = client.ask("GET", f"/v2/{worker.repository}/blobs/{name}")
            assert status == 200 and body == content, f"blob {name} was acknowledged, and is {status}"


workers, pushed = [], 0
for turn in range(times):
    server, host = start()
    check(host, workers)
    workers = [Worker(host, number, turn) for number in range(3)]
    for worker in workers:
        worker.start()
    time.sleep(random.uniform(0.001, 0.06))
    server.send_signal(signal.SIGKILL)
    server.wait()
    for worker in workers:
        worker.join()
        if worker.failure:
            raise worker.failure
        pushed += len(worker.blobs)
server, host = start()
check(host, workers)
server.terminate()
assert server.wait() == 0
check_command = [strata, "registry", "fsck", "--config", config]
found = subprocess.run(check_command, capture_output=True, text=True)
assert found.returncode == 0, found.stdout + found.stderr
assert pushed > times, f"only {pushed} blobs were pushed at all"
print("killed", times, "times;", pushed, "blobs acknowledged")

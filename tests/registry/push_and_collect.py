# SPDX-License-Identifier: Apache-2.0
"""push_and_collect.py STRATA CONFIG HOST SECONDS: eight clients push, tag, move and remove images that share their blobs, while
garbage is collected without a grace period by the server and by commands beside it, one after the other. A push may be told that
a blob of it has gone, and sends it again; what was acknowledged is there, whole, at any moment and in the end."""
import json, os, random, subprocess, sys, threading, time
from registry_client import CONFIG, LAYER, MANIFEST, Client, digest

strata, config, host, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
INDEX = "application/vnd.oci.image.index.v1+json"
until = time.monotonic() + seconds
LAYERS = [b"shared layer %d " % number * random.Random(number).randrange(1, 3000) for number in range(12)]


class Worker(threading.Thread):
    def __init__(self, number):
        super().__init__()
        self.client, self.repository = Client(host), f"crowd/w{number % 4}"  # two clients for each repository
        self.name, self.random = f"w{number}", random.Random(number)
        self.tags, self.again, self.acknowledged, self.failure = {}, 0, 0, None

    def run(self):
        try:
            while time.monotonic() < until or not self.acknowledged:
                self.step()
        except Exception as failure:
            self.failure = failure

    def send(self, content):
        """As clients do: only what is not there."""
        if self.client.ask("HEAD", f"/v2/{self.repository}/blobs/{digest(content)}")[0] != 200:
            self.client.push_blob(self.repository, content)

    def put(self, reference, media_type, text, send):
        """Sends what a manifest names, and it; and once more if something was collected meanwhile."""
        for _ in range(1000):
            send()
            status, _, body = self.client.ask("PUT", f"/v2/{self.repository}/manifests/{reference}", text, {"Content-Type": media_type})
            if status == 201:
                return
            codes = {error["code"] for error in json.loads(body)["errors"]}
            assert status == 400 and codes == {"MANIFEST_BLOB_UNKNOWN"}, (status, body)
            self.again += 1
        raise AssertionError("a push never succeeds")

    def image(self, reference=None):
        config = b'{"note":"%d"}' % self.random.randrange(20)
        layers = self.random.sample(LAYERS, 3)
        blob = lambda kind, content: {"mediaType": kind, "digest": digest(content), "size": len(content)}
        text = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": blob(CONFIG, config),
                           "layers": [blob(LAYER, layer) for layer in layers]}).encode()
        self.put(reference or digest(text), MANIFEST, text, lambda: [self.send(content) for content in (config, *layers)])
        return text

    def index(self, tag):
        made = self.image()
        child = {"mediaType": MANIFEST, "digest": digest(made), "size": len(made)}
        text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]}).encode()

        def send():
            blobs = json.loads(made)
            known = {digest(content): content for content in (*LAYERS, *(b'{"note":"%d"}' % number for number in range(20)))}
            self.put(child["digest"], MANIFEST, made,
                     lambda: [self.send(known[each["digest"]]) for each in (blobs["config"], *blobs["layers"])])
        self.put(tag, INDEX, text, send)
        return text

    def step(self):
        tag = f"{self.name}-{self.random.randrange(6)}"
        what = self.random.random()
        if what < 0.25 and self.tags.get(tag):
            self.client.must(202, "DELETE", f"/v2/{self.repository}/manifests/{tag}")
            self.tags[tag] = None
        else:
            self.tags[tag] = self.index(tag) if what > 0.8 else self.image(tag)
            self.acknowledged += 1
        self.check(self.random.choice(list(self.tags)))

    def check(self, tag):
        """A tag of ours is what we made it, with everything that it names."""
        status, _, body = self.client.ask("GET", f"/v2/{self.repository}/manifests/{tag}", None, {"Accept": f"{MANIFEST}, {INDEX}"})
        if self.tags[tag] is None:
            assert status == 404, f"{tag} was removed and is {status}"
            return
        assert status == 200 and body == self.tags[tag], f"{self.repository}:{tag} is {status}"
        self.check_content(json.loads(body))

    def check_content(self, manifest):
        for child in manifest.get("manifests", []):
            _, body = self.client.must(200, "GET", f"/v2/{self.repository}/manifests/{child['digest']}")
            self.check_content(json.loads(body))
        for blob in [manifest["config"], *manifest["layers"]] if "config" in manifest else []:
            _, body = self.client.must(200, "GET", f"/v2/{self.repository}/blobs/{blob['digest']}")
            assert digest(body) == blob["digest"]


def collect(stop, counts):
    while not stop.is_set():
        done = subprocess.run([strata, "registry", "gc", "--config", config, "--all", "--ignore-grace", "--quiet"],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        counts.append(done.stdout.strip())


stop, runs = threading.Event(), []
collector = threading.Thread(target=collect, args=(stop, runs))
collector.start()
workers = [Worker(number) for number in range(8)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
stop.set()
collector.join()
for worker in workers:
    if worker.failure:
        raise worker.failure
    for tag in worker.tags:
        worker.check(tag)
assert runs
print(sum(worker.acknowledged for worker in workers), "pushes,", sum(worker.again for worker in workers), "times again,", len(runs),
      "collections; the last:", runs[-1])

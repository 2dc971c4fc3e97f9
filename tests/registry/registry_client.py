# SPDX-License-Identifier: Apache-2.0
"""A small client of a registry, for tests that need what curl cannot do: connections that break where they are told to."""
import hashlib, http.client, json, socket, time

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Client:
    def __init__(self, host):
        self.host, port = host.rsplit(":", 1)
        self.port = int(port)
        self.connection = None

    def ask(self, method, path, body=None, headers={}):
        """Status, fields and body of the answer. Raises OSError or http.client.HTTPException when the server goes."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise

    def must(self, wanted, *request, **more):
        status, fields, body = self.ask(*request, **more)
        if status != wanted:
            raise AssertionError(f"{request[:2]}: {status} instead of {wanted}: {body[:500]!r}")
        return fields, body

    def begin(self, repository):
        return self.must(202, "POST", f"/v2/{repository}/blobs/uploads/")[0]["location"]

    def push_blob(self, repository, content):
        name = digest(content)
        location = self.begin(repository)
        self.must(201, "PUT", f"{location}?digest={name}", content)
        return name

    def put_manifest(self, repository, reference, config, layer, note=""):
        text = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST, "annotations": {"note": note},
            "config": {"mediaType": CONFIG, "digest": digest(config), "size": len(config)},
            "layers": [{"mediaType": LAYER, "digest": digest(layer), "size": len(layer)}]}).encode()
        self.must(201, "PUT", f"/v2/{repository}/manifests/{reference}", text, {"Content-Type": MANIFEST})
        return text

    def send_part(self, location, offset, content, count):
        """A PATCH that announces all of `content` and breaks off after `count` bytes of it."""
        with socket.create_connection((self.host, self.port), timeout=60) as plain:
            head = (f"PATCH {location} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(content)}\r\n"
                    f"Content-Range: {offset}-{offset + len(content) - 1}\r\n\r\n")
            plain.sendall(head.encode() + content[:count])

    def arrived(self, location, at_least):
        """How much of an upload has arrived; waits until the server has seen as much as it will."""
        deadline = time.monotonic() + 30
        while True:
            fields, _ = self.must(204, "GET", location)
            last = int(fields["range"].split("-")[1])
            size = last + 1 if last > 0 else last
            if size >= at_least - 1 or time.monotonic() > deadline:  # "0-0" is nothing, and one byte
                return size
            time.sleep(0.005)

# SPDX-License-Identifier: Apache-2.0
"""stall_uploads.py HOST COUNT: COUNT uploads that stop in the middle hold up neither a push nor each other, and end once their bytes come."""
import socket, sys
from registry_client import Client, digest

client, count = Client(sys.argv[1]), int(sys.argv[2])
stalled = []
for number in range(count):
    content = b"stalled upload %06d" % number * 1000
    location = client.begin("stalled/uploads")
    plain = socket.create_connection((client.host, client.port), timeout=60)
    plain.sendall(f"PUT {location}?digest={digest(content)} HTTP/1.1\r\nHost: {client.host}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
                  + content[:len(content) // 2])
    stalled.append((plain, content))

config, layer = b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}', b"a layer" * 100000
client.push_blob("other/image", config)
client.push_blob("other/image", layer)
client.put_manifest("other/image", "latest", config, layer)

for plain, content in stalled:
    with plain:
        plain.sendall(content[len(content) // 2:])
        status = plain.recv(4096).split(b"\r\n")[0]
        assert b" 201 " in status, status
    assert client.must(200, "GET", f"/v2/stalled/uploads/blobs/{digest(content)}")[1] == content

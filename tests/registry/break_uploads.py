# SPDX-License-Identifier: Apache-2.0
"""break_uploads.py HOST SIZE: an upload of SIZE bytes, broken off behind every one of them, and resumed from where the registry says."""
import sys
from registry_client import Client, digest

client, size = Client(sys.argv[1]), int(sys.argv[2])
for cut in range(size + 1):
    content = (b"broken behind byte %05d " % cut * size)[:size]
    content = b"%05d" % cut + content[5:]
    location = client.begin("broken/uploads")
    client.send_part(location, 0, content, cut)
    arrived = client.arrived(location, cut)
    assert arrived <= cut, f"{arrived} bytes have arrived, {cut} were sent"
    for attempt in range(5):
        # "Range: 0-0" says both that nothing and that one byte has come: 416 tells which.
        rest = content[arrived:]
        if not rest:
            break
        status, fields, body = client.ask("PATCH", location, rest, {"Content-Range": f"{arrived}-{size - 1}"})
        if status == 202:
            break
        assert status == 416, (status, body)
        arrived = 1 - arrived if arrived <= 1 else int(fields["range"].split("-")[1]) + 1
    name = digest(content)
    client.must(201, "PUT", f"{location}?digest={name}")
    _, body = client.must(200, "GET", f"/v2/broken/uploads/blobs/{name}")
    assert body == content
print("resumed", size + 1)

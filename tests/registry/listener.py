# SPDX-License-Identifier: Apache-2.0
"""An endpoint of notifications: writes "action repository tag" of each event to FILE, and its port to PORTFILE. Refuses the
first REFUSALS posts. What comes to another path than /events is written to FILE.PATH."""
import http.server, json, os, sys

log, port_file, refusals, port = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


class Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global refusals
        text = self.rfile.read(int(self.headers["Content-Length"]))
        if refusals > 0:
            refusals -= 1
            self.send_response(500)
        else:
            assert self.headers["Content-Type"] == "application/vnd.docker.distribution.events.v2+json"
            assert self.headers["Authorization"] == "Bearer us"
            with open(log if self.path == "/events" else log + self.path.replace("/", "."), "a") as out:
                for event in json.loads(text)["events"]:
                    target = event["target"]
                    print(event["action"], target["repository"], target.get("tag", "-"), event["actor"].get("name", "-"), file=out)
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", port), Endpoint)
with open(port_file + ".new", "w") as out:
    out.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()

#!/usr/bin/env python3
"""Makes the archives that `load` is tested with: make_archive.py KIND FILE. The same kind gives the same bytes.

Kinds that are in order: docker25 docker24 docker19 oci oci-nested oci-gzip manifest-last unnamed two-tags
compressed-layers parent artifact unknown
Kinds that lie or break: see `hostile` below.
"""
import gzip, hashlib, io, json, sys, tarfile

CREATED = "2020-01-02T03:04:05Z"
OCI = "application/vnd.oci.image."


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def layer(*files):
    """An uncompressed layer of (name, content) pairs."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


LOWER = layer(("etc/motd", b"lower\n"), ("bin/tool", b"x" * 5000))
UPPER = layer(("etc/motd", b"upper\n"))


def config(layers, **more):
    return json.dumps({"architecture": "amd64", "os": "linux", "created": CREATED, "config": {"Cmd": ["sh"]},
                       "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha256(l) for l in layers]},
                       "history": [{"created": CREATED, "created_by": f"step {i}"} for i in range(len(layers))], **more}).encode()


def manifest_json(*items):
    return json.dumps([dict(zip(("Config", "RepoTags", "Layers", "Parent"), item)) for item in items]).encode()


def blob(data):
    return "blobs/sha256/" + sha256(data), data


def descriptor(kind, data, **more):
    return {"mediaType": OCI + kind, "digest": "sha256:" + sha256(data), "size": len(data), **more}


def oci_manifest(conf, layers, kind="layer.v1.tar", **more):
    return json.dumps({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "config": descriptor("config.v1+json", conf),
                       "layers": [descriptor(kind, l) for l in layers], **more}).encode()


def index(*descriptors):
    return json.dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": list(descriptors)}).encode()


def named(name):
    return {"annotations": {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name.rsplit(":")[-1]}}


LAYOUT = ("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')


def docker_blobs(layers=(LOWER, UPPER), tags=("demo:1",), conf=None, **swap):
    conf = conf or config(layers)
    members = [blob(l) for l in layers] + [blob(conf)]
    item = (blob(conf)[0], list(tags) if tags is not None else None, [blob(l)[0] for l in layers])
    return members + [("manifest.json", swap.get("manifest", manifest_json(item)))]


def docker25():
    conf, layers = config([LOWER, UPPER]), [LOWER, UPPER]
    manifest = oci_manifest(conf, layers)
    return [LAYOUT, blob(manifest), ("index.json", index(descriptor("manifest.v1+json", manifest, **named("docker.io/library/demo:1"))))] \
        + docker_blobs()


def docker24():
    conf = config([LOWER, UPPER, LOWER])
    return [(sha256(conf) + ".json", conf), ("aaa/VERSION", b"1.0"), ("aaa/layer.tar", LOWER), ("bbb/layer.tar", UPPER),
            ("ccc/layer.tar", ("link", "../aaa/layer.tar")),
            ("manifest.json", manifest_json((sha256(conf) + ".json", ["demo:1"], ["aaa/layer.tar", "bbb/layer.tar", "ccc/layer.tar"]))),
            ("repositories", b'{"demo":{"1":"ccc"}}')]


def docker19(parent="aaa"):
    low = {"id": "aaa", "created": CREATED, "os": "linux", "architecture": "amd64", "container_config": {"Cmd": ["/bin/sh", "-c", "make"]}}
    top = {"id": "bbb", "parent": parent, "created": CREATED, "os": "linux", "architecture": "amd64", "config": {"Cmd": ["sh"]}}
    return [("aaa/VERSION", b"1.0"), ("aaa/json", json.dumps(low).encode()), ("aaa/layer.tar", LOWER),
            ("bbb/VERSION", b"1.0"), ("bbb/json", json.dumps(top).encode()), ("bbb/layer.tar", UPPER),
            ("repositories", b'{"demo":{"1":"bbb"}}')]


def oci(name="docker.io/library/demo:1", compress=False, nested=False, platform=None, swap=None):
    conf, layers, kind = config([LOWER, UPPER]), [LOWER, UPPER], "layer.v1.tar"
    if compress:
        layers, kind = [gzip.compress(l, mtime=0) for l in layers], "layer.v1.tar+gzip"
    manifest = oci_manifest(conf, layers, kind)
    members = [LAYOUT, blob(conf), blob(manifest)] + [blob(l) for l in layers]
    entry = descriptor("manifest.v1+json", manifest)
    if nested:
        other = config([LOWER], architecture="s390x")
        foreign = oci_manifest(other, [LOWER])
        inner = index(descriptor("manifest.v1+json", foreign, platform={"os": "linux", "architecture": "s390x"}),
                      {**entry, "platform": {"os": "linux", "architecture": "amd64"}},
                      descriptor("manifest.v1+json", foreign, platform={"os": "unknown", "architecture": "unknown"},
                                 annotations={"vnd.docker.reference.type": "attestation-manifest"}))
        members += [blob(other), blob(foreign), blob(inner)]
        entry = descriptor("index.v1+json", inner)
    if name:
        entry.update(named(name))
    members = [swap(m) if swap else m for m in members]
    return members + [("index.json", index(entry))]


def unknown():
    """Members that nobody has a name for, everywhere."""
    conf = json.loads(config([LOWER]))
    conf["x-top"] = {"b": [1, 2.5, None], "a": "<&>"}
    conf["config"]["X-Config"] = "kept"
    conf["rootfs"]["x-rootfs"] = True
    conf["history"][0]["x-step"] = 7
    conf = json.dumps(conf, indent=1).encode()
    manifest = json.loads(oci_manifest(conf, [LOWER]))
    manifest["x-manifest"] = ["kept"]
    manifest["layers"][0]["x-layer"] = {"kept": 1}
    manifest = json.dumps(manifest, indent=2).encode()
    return [LAYOUT, blob(conf), blob(manifest), blob(LOWER),
            ("index.json", index(descriptor("manifest.v1+json", manifest, **named("docker.io/library/demo:1"))))]


def parent():
    below, above = config([LOWER]), config([LOWER, UPPER])
    return [blob(LOWER), blob(UPPER), blob(below), blob(above),
            ("manifest.json", manifest_json((blob(above)[0], ["above:1"], [blob(LOWER)[0], blob(UPPER)[0]], "sha256:" + sha256(below)),
                                            (blob(below)[0], None, [blob(LOWER)[0]])))]


def flipped(wanted):
    """One byte of a member is another."""
    def swap(member):
        name, data = member
        at = 600 if len(data) > 1000 else 100
        return (name, data[:at] + b"?" + data[at + 1:]) if name == wanted else member
    return swap


GOOD = {
    "docker25": docker25,
    "docker24": docker24,
    "docker19": docker19,
    "oci": oci,
    "unknown": unknown,
    "oci-gzip": lambda: oci(compress=True),
    "oci-nested": lambda: oci(nested=True),
    "manifest-first": lambda: docker25()[::-1],
    "unnamed": lambda: docker_blobs(tags=None),
    "two-tags": lambda: docker_blobs(tags=["demo:1", "demo:2"]),
    "other": lambda: docker_blobs(layers=[UPPER]),
    "compressed-layers": lambda: [("c.json", config([LOWER])), ("l.tar.gz", gzip.compress(LOWER)),
                                  ("manifest.json", manifest_json(("c.json", ["demo:1"], ["l.tar.gz"])))],
    "parent": parent,
    "duplicate": lambda: [("manifest.json", b"[]")] + docker_blobs(),
    "empty": lambda: [("manifest.json", b"[]")],
}


def hostile(kind):
    conf = config([LOWER])
    item = lambda **more: manifest_json(("c.json", ["demo:1"], ["l"]))
    simple = lambda c=conf, l=LOWER, m=None: [("c.json", c), ("l", l), ("manifest.json", m or item())]
    return {
        "null": [("manifest.json", b"null")],
        "object": [("manifest.json", b"{}")],
        "not-json": [("manifest.json", b"[{")],
        "deep": [("manifest.json", b"[" * 100000)],
        "no-config": [("manifest.json", item())],
        "no-layer": [("c.json", conf), ("manifest.json", item())],
        "config-not-json": simple(c=b"nonsense"),
        "config-deep": simple(c=b'{"a":' * 100000),
        "too-few-layers": simple(m=manifest_json(("c.json", None, []))),
        "other-layer": simple(l=UPPER),
        "layer-not-tar": simple(l=b"this is no tar" * 100),
        "layer-truncated": simple(l=LOWER[:3000]),
        "bad-tag": simple(m=manifest_json(("c.json", ["Upper:1"], ["l"]))),
        "many-layers": simple(m=manifest_json(("c.json", None, ["l"] * 100000))),
        "dotdot": simple() + [("../evil", b"x")],
        "link-out": simple(l=("link", "../../../../etc/passwd")),
        "link-loop": [("c.json", conf), ("l", ("link", "m")), ("m", ("link", "l")), ("manifest.json", item())],
        "config-elsewhere": [("manifest.json", manifest_json(("../../etc/passwd", None, [])))],
        "blob-lies": [flipped(blob(LOWER)[0])(m) for m in docker25()],
        "oci-config-lies": oci(swap=flipped(blob(config([LOWER, UPPER]))[0])),
        "oci-layer-lies": oci(swap=flipped(blob(LOWER)[0])),
        "oci-gzip-lies": oci(compress=True, swap=flipped(blob(gzip.compress(LOWER, mtime=0))[0])),
        "oci-size-lies": [(n, d.replace(b'"size": ', b'"size": 1')) if n == "index.json" else (n, d) for n, d in oci()],
        "oci-ambiguous": oci()[:-1] + [("index.json", b'{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}')],
        "v1-loop": docker19(parent="bbb"),
        "v1-no-parent": docker19(parent="zzz"),
        "windows": simple(c=config([LOWER], os="windows")),
        "bomb": [("c.json", conf), ("l", gzip.compress(bytes(300 << 20), 1)), ("manifest.json", item())],
        "nothing": [("readme", b"hello")],
    }[kind]


def main():
    kind, path = sys.argv[1:]
    members = GOOD[kind]() if kind in GOOD else hostile(kind)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if isinstance(data, tuple):
                info.type, info.linkname = tarfile.SYMTYPE, data[1]
                tar.addfile(info)
            else:
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


main()

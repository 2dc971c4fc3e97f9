# SPDX-License-Identifier: Apache-2.0
"""Tokens and key sets of an issuer of the tests' own, signed by openssl.

    make_token.py FOLDER token KEY [WORD=VALUE…]     prints a JSON Web Token signed with FOLDER/KEY.key
    make_token.py FOLDER jwks KEY…                   prints the set of these keys

Words: alg, form (how the header names the key: thumbprint, libtrust, kid, x5c, jwk, none), kid, iss, aud (several: a,b), sub,
exp and nbf (seconds from now; empty: absent), access (REPOSITORY:ACTIONS or TYPE:NAME:ACTIONS, several with blanks), chain
(names of the certificates of an x5c), header (JSON to add), tamper (claims, signature, header)."""
import base64, hashlib, json, subprocess, sys, time

folder = sys.argv[1]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*words, stdin=b""):
    return subprocess.run(["openssl", *words], input=stdin, stdout=subprocess.PIPE, check=True).stdout


def public(key):
    return openssl("pkey", "-in", f"{folder}/{key}.key", "-pubout", "-outform", "DER")


def jwk(key):
    der = public(key)
    if b"\x2a\x86\x48\xce\x3d\x03\x01\x07" in der:  # P-256: the point comes last, 4 | x | y
        return {"crv": "P-256", "kty": "EC", "x": b64(der[-64:-32]), "y": b64(der[-32:])}
    if b"\x2b\x81\x04\x00\x22" in der:
        return {"crv": "P-384", "kty": "EC", "x": b64(der[-96:-48]), "y": b64(der[-48:])}
    if b"\x2b\x65\x70" in der:
        return {"crv": "Ed25519", "kty": "OKP", "x": b64(der[-32:])}
    modulus = openssl("rsa", "-in", f"{folder}/{key}.key", "-noout", "-modulus").decode().strip().split("=")[1]
    return {"e": "AQAB", "kty": "RSA", "n": b64(bytes.fromhex(modulus))}


def thumbprint(key):
    return b64(hashlib.sha256(json.dumps(jwk(key), separators=(",", ":"), sort_keys=True).encode()).digest())


def libtrust(key):
    letters = base64.b32encode(hashlib.sha256(public(key)).digest()[:30]).decode()
    return ":".join(letters[i:i + 4] for i in range(0, len(letters), 4))


def certificate(name):
    der = openssl("x509", "-in", f"{folder}/{name}.cert", "-outform", "DER")
    return base64.b64encode(der).decode()


def halves(der, size):
    """The two numbers of an ECDSA signature, of the same length each."""
    at = 3 if der[1] & 0x80 else 2
    result = b""
    for _ in range(2):
        length = der[at + 1]
        result += int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(size, "big")
        at += 2 + length
    return result


def sign(key, algorithm, text):
    path = f"{folder}/{key}.key"
    if algorithm.lower() == "none":
        return b""
    if algorithm[:2] == "HS":  # the classic forgery: a public key as the secret
        import hmac
        return hmac.new(openssl("pkey", "-in", path, "-pubout"), text, "sha" + algorithm[2:]).digest()
    if algorithm == "EdDSA":
        with open(f"{folder}/signed.tmp", "wb") as out:
            out.write(text)
        return openssl("pkeyutl", "-sign", "-inkey", path, "-rawin", "-in", f"{folder}/signed.tmp")
    options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if algorithm[:2] == "PS" else []
    signature = openssl("dgst", f"-sha{algorithm[2:]}", "-sign", path, *options, stdin=text)
    return halves(signature, {"256": 32, "384": 48}[algorithm[2:]]) if algorithm[:2] == "ES" else signature


def named(key, words):
    form = words.get("form", "libtrust")
    return {"thumbprint": lambda: {"kid": thumbprint(key)},
            "libtrust": lambda: {"kid": libtrust(key)},
            "kid": lambda: {"kid": words["kid"]},
            "x5c": lambda: {"x5c": [certificate(name) for name in words.get("chain", key).split(",")]},
            "jwk": lambda: {"jwk": jwk(key)},
            "none": lambda: {}}[form]()


def entry(text):
    name, actions = text.rsplit(":", 1)
    kind, name = name.split(":", 1) if name.split(":", 1)[0] in ("registry", "repository(plugin)") else ("repository", name)
    return {"type": kind, "name": name, "actions": actions.split(",")}


def token(key, words):
    algorithm = words.get("alg", "RS256" if jwk(key)["kty"] == "RSA" else "ES256")
    header = {"typ": "JWT", "alg": algorithm, **named(key, words), **json.loads(words.get("header", "{}"))}
    audience = words.get("aud", "registry.test")
    claims = {"iss": words.get("iss", "issuer.test"), "sub": words.get("sub", "ada"),
              "aud": audience.split(",") if "," in audience else audience, "jti": "1", "iat": int(time.time()),
              "access": [entry(text) for text in words.get("access", "team/app:pull").split()]}
    for name, default in ("exp", "300"), ("nbf", "-5"):
        if words.get(name, default):
            claims[name] = int(time.time()) + int(words.get(name, default))
    parts = [json.dumps(header).encode(), json.dumps(claims).encode()]
    signature = sign(key, algorithm, ".".join(map(b64, parts)).encode())
    tamper = words.get("tamper")
    if tamper == "claims":
        parts[1] = parts[1].replace(b"ada", b"eve").replace(b"pull", b"push")
    elif tamper == "header":
        parts[0] = parts[0].replace(b"JWT", b"jwt")
    elif tamper == "signature":
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    return ".".join(map(b64, [*parts, signature]))


if sys.argv[2] == "jwks":
    print(json.dumps({"keys": [{**jwk(key), "kid": f"{key} of the set", "use": "sig"} for key in sys.argv[3:]]}))
else:
    print(token(sys.argv[3], dict(word.split("=", 1) for word in sys.argv[4:])))

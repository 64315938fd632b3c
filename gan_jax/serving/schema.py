"""The schema of requests, made of what the model can be asked for."""

from typing import Any

from gan_jax.bundle import Bundle
from gan_jax.serving.options import Options

ERRORS = {
    "401": "no token, or another one",
    "413": "the body is too large",
    "422": "a request that cannot be; `error` says why",
    "503": "more is waiting than the queue holds; `Retry-After` says when to come back",
    "504": "not done in time",
}


def of_samples(bundle: Bundle, most: int) -> dict[str, Any]:
    """JSON schema of the body of `/v1/samples`."""
    known: dict[str, Any] = {
        "num": {"type": "integer", "minimum": 1, "maximum": most, "default": 1},
        "seed": {"type": "integer", "minimum": 0, "maximum": 2**32 - 1, "default": 0},
        "start": {
            "type": "integer",
            "minimum": 0,
            "default": 0,
            "description": "place of the first one among the samples of the seed",
        },
        "format": {"enum": ["png", "npz", "json"], "default": "png"},
    }
    for name, ask in bundle.asks.items():
        kind: dict[str, Any] = {
            "type": "integer" if ask.dtype.startswith("int") else "number"
        }
        if ask.below:
            kind |= {"minimum": 0, "maximum": ask.below - 1}
        if ask.names:
            kind = {"anyOf": [kind, {"enum": list(ask.names)}]}
        for size in reversed(ask.shape):
            kind = {"type": "array", "items": kind, "minItems": size, "maxItems": size}
        one = {
            "anyOf": [kind, {"type": "array", "items": kind}],
            "description": "one for all samples, or one for each",
        }
        usual = bundle.card["asks"].get(name, {}).get("usual")
        known[name] = one if usual is None else {**one, "default": usual}
    needed = [name for name, ask in bundle.asks.items() if ask.drawn is None]
    return {
        "type": "object",
        "properties": known,
        "required": needed,
        "additionalProperties": False,
    }


def openapi(bundle: Bundle, options: Options) -> dict[str, Any]:
    """OpenAPI 3.1 of the service."""
    body = of_samples(bundle, options.most)
    job = {**body, "properties": dict(body["properties"])}
    job["properties"].pop("format")
    job["properties"]["num"] = {
        "type": "integer",
        "minimum": 1,
        "maximum": options.job_most,
    }
    picture = {
        "image/png": {},
        "application/octet-stream": {},
        "application/json": {},
    }
    posted = {
        "/v1/samples": ("Draw samples", body, picture, "200"),
        "/v1/jobs": ("Begin bulk work", job, {"application/json": {}}, "202"),
    }
    paths: dict[str, Any] = {
        path: {
            "post": {
                "summary": says,
                "requestBody": {"content": {"application/json": {"schema": schema}}},
                "responses": _responses(code, content),
            }
        }
        for path, (says, schema, content, code) in posted.items()
    }
    for name, signature in bundle.signatures.items():
        arrays = {
            key: {"type": "array", "description": f"[n, ...{list(spec.shape)}]"}
            for key, spec in signature.inputs.items()
        }
        paths[f"/v1/functions/{name}"] = {
            "post": {
                "summary": f"Run {name} on at most {options.batch} rows",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": arrays}
                        }
                    }
                },
                "responses": _responses("200", picture),
            }
        }
    got = {
        "/v1/model": "What can be asked, and the card",
        "/v1/jobs/{job}": "How far a job is",
        "/v1/jobs/{job}/samples": "What a job made, an .npz",
        "/healthz": "Whether it answers",
        "/metrics": "Counters, for Prometheus",
    }
    for path, says in got.items():
        one = {"summary": says, "responses": {"200": {"description": "so"}}}
        if "{job}" in path:
            one["parameters"] = [
                {
                    "name": "job",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string"},
                }
            ]
        paths.setdefault(path, {})["get"] = one
    return {
        "openapi": "3.1.0",
        "info": {"title": "A generator of gan_jax", "version": "1"},
        "paths": paths,
    }


def _responses(code: str, content: dict[str, Any]) -> dict[str, Any]:
    failed = {number: {"description": says} for number, says in ERRORS.items()}
    return {code: {"description": "done", "content": content}, **failed}

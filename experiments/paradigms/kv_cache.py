"""What a cache of keys and values saves: seconds to draw, by length, with and without.

    python -m experiments.paradigms.kv_cache [--lengths 64,128,256,512] [--batch 16]
        [--beside x-transformers]

Both draw the same numbers with the same weights (at random) and are compiled before they
are timed, in turns. Without a cache each token takes a pass over the whole sequence.

`--beside` times, in place of that, x-transformers in eager PyTorch with its own cache: as
many blocks of the same width, SwiGLU, RMSNorm, rotary places and normalised queries and
keys; one thread, seconds of the processor, and it draws numbers of its own.
"""

import argparse
import importlib
import statistics
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp

from experiments.laboratory.origin import origin
from gan_jax.models.transformer import Transformer

TIMES = 3


def cached(net: Transformer, length: int) -> Callable[..., jax.Array]:
    """One place at a time, what came before remembered."""

    def draw(params: dict, batch: int) -> jax.Array:
        def step(carry: tuple, place: jax.Array) -> tuple[tuple, jax.Array]:
            before, cache = carry
            logits, cache = net.apply(
                params, before[:, None], None, cache, place, train=False, method="step"
            )
            token = logits[:, 0].argmax(-1).astype(jnp.int32)
            return (token, cache), token

        start = jnp.zeros(batch, jnp.int32), net.empty(batch)
        return jax.lax.scan(step, start, jnp.arange(length))[1].T

    return draw


def uncached(net: Transformer, length: int) -> Callable[..., jax.Array]:
    """The whole sequence for each place."""

    def draw(params: dict, batch: int) -> jax.Array:
        def step(tokens: jax.Array, place: jax.Array) -> tuple[jax.Array, None]:
            logits = net.apply(params, tokens, None, train=False)
            token = logits[:, place].argmax(-1).astype(jnp.int32)
            return tokens.at[:, place].set(token), None

        tokens = jnp.zeros((batch, length), jnp.int32)
        return jax.lax.scan(step, tokens, jnp.arange(length))[0]

    return draw


def compare(length: int, batch: int, width: int) -> tuple[list[float], list[float]]:
    """Seconds of a few calls of each, in turns."""
    net = Transformer((length // 8, 8, 1), 16, width, 4, 4)
    tokens = jnp.zeros((1, length), jnp.int32)
    params = net.init(jax.random.key(0), tokens, train=False)
    ways = [jax.jit(way(net, length), static_argnums=1) for way in (cached, uncached)]
    first, second = (way(params, batch) for way in ways)
    assert (first == second).mean() > 0.99, "both draw the same"
    taken: list[list[float]] = [[], []]
    for _ in range(TIMES):
        for way, own in zip(ways, taken, strict=True):
            begin = time.perf_counter()
            way(params, batch).block_until_ready()
            own.append(time.perf_counter() - begin)
    return taken[0], taken[1]


def beside(length: int, batch: int, width: int) -> tuple[list[float], list[float]]:
    """Processor seconds of a few calls of ours and of x-transformers', in turns."""
    theirs = of_x_transformers(length, batch, width)
    net = Transformer((length // 8, 8, 1), 16, width, 4, 4)
    tokens = jnp.zeros((1, length), jnp.int32)
    params = net.init(jax.random.key(0), tokens, train=False)
    ours = jax.jit(cached(net, length), static_argnums=1)
    ways = [lambda: ours(params, batch).block_until_ready(), theirs]
    taken: list[list[float]] = [[], []]
    for turn in range(TIMES + 1):
        for way, own in zip(ways, taken, strict=True):
            begin = time.process_time()
            way()
            if turn:  # the first compiles, and warms
                own.append(time.process_time() - begin)
    return taken[0], taken[1]


def of_x_transformers(length: int, batch: int, width: int) -> Callable[[], object]:
    """A call that draws sequences, keys and values kept."""
    torch, rival = (importlib.import_module(x) for x in ("torch", "x_transformers"))
    torch.set_num_threads(1)
    blocks = rival.Decoder(
        dim=width,
        depth=4,
        heads=4,
        attn_dim_head=width // 4,
        attn_qk_norm=True,
        use_rmsnorm=True,
        rotary_pos_emb=True,
        ff_glu=True,
        ff_swish=True,
        ff_no_bias=True,
        ff_mult=8 / 3,
    )
    net = rival.TransformerWrapper(
        num_tokens=16, max_seq_len=length + 1, attn_layers=blocks
    )
    whole = rival.AutoregressiveWrapper(net).eval()
    start = torch.zeros(batch, 1, dtype=torch.long)
    return lambda: whole.generate(start, length, temperature=0.0, cache_kv=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", default="64,128,256,512")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--beside", choices=["x-transformers"])
    flags = parser.parse_args()
    way, other = (beside, flags.beside) if flags.beside else (compare, "uncached")
    print(origin("python -m experiments.paradigms.kv_cache"))
    print(f"| tokens | cached, s | {other}, s | ratio |\n| --: | --: | --: | --: |")
    for length in map(int, flags.lengths.split(",")):
        with_it, without = map(statistics.median, way(length, flags.batch, flags.width))
        ratio = without / with_it
        print(f"| {length} | {with_it:.3f} | {without:.3f} | {ratio:.1f} |", flush=True)


if __name__ == "__main__":
    main()

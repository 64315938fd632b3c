import asyncio
import gc
import itertools
import shutil
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from orbax.checkpoint._src.serialization import type_handlers

from gan_jax.run.checkpoints import Checkpoints, Damaged, flatten, unflatten


class Pair(NamedTuple):
    a: jax.Array
    b: jax.Array


def tree(seed=0):
    key = jax.random.key(seed)
    return {
        "key": key,
        "pair": Pair(jax.random.normal(key, (40, 50)), jnp.arange(3)),
        "half": jnp.asarray([1.5, -2.0], jnp.bfloat16),
        "scalar": jnp.asarray(seed, jnp.int32),
        "nothing": (),
        "none": None,
    }


def assert_same(a, b):
    assert jax.tree.structure(a) == jax.tree.structure(b)
    for x, y in zip(flatten(a).values(), flatten(b).values(), strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


@pytest.fixture
def saved(tmp_path):
    """Three steps on disk, and their folder."""
    checkpoints = Checkpoints(tmp_path / "checkpoints", keep=3)
    for step in (1, 2, 3):
        checkpoints.save(step, tree(step), {"wall": step / 3})
    checkpoints.close()
    return tmp_path / "checkpoints"


def test_everything_comes_back(saved):
    checkpoints = Checkpoints(saved)
    assert checkpoints.steps() == [3, 2, 1]
    assert checkpoints.newest_sound() == (3, {})
    flat, notes = checkpoints.read(2)
    own = {"run": "", "step": 2, "frozen": {}}
    assert notes == {"wall": 2 / 3, "scalars": {}, **own}
    assert_same(unflatten(flat, jax.eval_shape(tree)), tree(2))
    checkpoints.close()


def largest(folder):
    return max(
        (p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size
    )


def flip_a_bit(folder):
    path = largest(folder)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def truncate(folder):
    path = largest(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lose_a_file(folder):
    largest(folder).unlink()


def empty(folder):
    shutil.rmtree(folder)
    folder.mkdir()


def forge_the_notes(folder):
    (path,) = [p for p in (folder / "notes").glob("*") if b"wall" in p.read_bytes()]
    path.write_text(path.read_text().replace("1.0", "9.0"))


# Orbax leaves the futures of a failed read behind; their exceptions are the one we saw.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "harm", [flip_a_bit, truncate, lose_a_file, empty, forge_the_notes]
)
def test_damage_is_detected_and_the_newest_sound_one_used(saved, harm):
    harm(saved / "3")
    checkpoints = Checkpoints(saved)
    step, damaged = checkpoints.newest_sound()
    assert step == 2
    assert list(damaged) == [3]
    assert damaged[3].startswith(("unreadable", "not what was saved"))
    aside = checkpoints.set_aside(3)
    assert aside.is_dir()
    assert checkpoints.steps() == [2, 1]
    checkpoints.save(3, tree(3), {"wall": 1.0})
    checkpoints.wait()
    assert checkpoints.newest_sound() == (3, {})
    checkpoints.close()


def test_no_sound_checkpoint_at_all(saved):
    for step in "123":
        empty(saved / step)
    checkpoints = Checkpoints(saved)
    step, damaged = checkpoints.newest_sound()
    assert step is None
    assert sorted(damaged) == [1, 2, 3]
    checkpoints.close()


@pytest.mark.parametrize(("mode", "best"), [("min", 2), ("max", 3)])
def test_the_newest_and_the_best_are_kept(tmp_path, mode, best):
    checkpoints = Checkpoints(tmp_path / "c", keep=2, best="score", mode=mode)
    checkpoints.save(1, tree(1), {})  # before the first score
    for step, score in ((2, 1.0), (3, 9.0), (4, 5.0), (5, 4.0), (6, 3.0)):
        checkpoints.save(step, tree(step), {}, {"score": score})
    checkpoints.wait()
    assert set(checkpoints.steps()) == {best, 5, 6}
    assert checkpoints.best_step() == best
    checkpoints.close()


def test_the_best_is_still_known_when_the_run_goes_on(tmp_path):
    """Opened again between saves: nothing of the ranking lives in memory alone."""
    scores = {1: None, 2: 3.0, 3: 1.0, 4: 2.0, 5: 5.0, 6: None, 7: 0.5}
    kept = {}
    for step, score in scores.items():
        checkpoints = Checkpoints(tmp_path / "c", keep=1, best="score")
        scalars = {"other": 0.0} | ({} if score is None else {"score": score})
        checkpoints.save(step, tree(step), {}, scalars)
        checkpoints.close()
        checkpoints = Checkpoints(tmp_path / "c", keep=1, best="score")
        kept[step] = sorted(checkpoints.steps()), checkpoints.best_step()
        checkpoints.close()
    assert kept == {
        1: ([1], None),
        2: ([2], 2),
        3: ([3], 3),
        4: ([3, 4], 3),
        5: ([3, 5], 3),
        6: ([3, 6], 3),
        7: ([7], 7),
    }


def test_of_arrays_that_fail_together_one_is_told(tmp_path, caplog, monkeypatch):
    """A full disk fails every array at once; asyncio would tell of all but the first."""

    tried = itertools.count()

    async def full(*args, **options):
        for _ in range(next(tried)):  # one after the other, as a disk answers
            await asyncio.sleep(0)
        raise ValueError("No space left on device")

    checkpoints = Checkpoints(tmp_path / "checkpoints")
    monkeypatch.setattr(type_handlers.ts, "open", full)
    checkpoints.save(1, {str(n): jnp.ones(4) for n in range(8)}, {})
    with pytest.raises(ValueError, match="No space"):
        checkpoints.wait()
    gc.collect()
    assert [r.getMessage() for r in caplog.records if r.name == "asyncio"] == []


# Orbax leaves the futures of a failed read behind.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("harm", [flip_a_bit, empty, forge_the_notes])
def test_a_damaged_best_is_stepped_over(tmp_path, harm):
    checkpoints = Checkpoints(tmp_path / "c", keep=3, best="score", mode="max")
    for step in (1, 2, 3):
        checkpoints.save(step, tree(step), {"wall": 1.0}, {"score": step})
    checkpoints.close()
    harm(tmp_path / "c" / "3")
    checkpoints = Checkpoints(tmp_path / "c", keep=3, best="score", mode="max")
    assert checkpoints.best_step() == 2
    checkpoints.close()


def test_a_state_of_another_shape_is_refused(saved):
    checkpoints = Checkpoints(saved)
    flat, _ = checkpoints.read(3)
    checkpoints.close()
    like = jax.eval_shape(tree)
    with pytest.raises(Damaged, match="another structure: extra"):
        unflatten(flat, {**like, "extra": jax.ShapeDtypeStruct((), jnp.float32)})
    with pytest.raises(Damaged, match="another shape or type: scalar"):
        unflatten(flat, {**like, "scalar": jax.ShapeDtypeStruct((2,), jnp.int32)})


def test_a_save_copies_what_is_donated_next(tmp_path):
    checkpoints = Checkpoints(tmp_path / "c")
    state = tree(1)
    state = jax.device_put(state)
    checkpoints.save(1, state, {})
    jax.jit(lambda t: jax.tree.map(lambda x: x * 0, t), donate_argnums=0)(
        {"pair": state["pair"]}
    )
    checkpoints.wait()
    flat, _ = checkpoints.read(1)
    assert_same(unflatten(flat, jax.eval_shape(tree)), tree(1))
    checkpoints.close()


def test_regular_steps_are_kept_whatever_is_saved_between(tmp_path):
    kept = []
    for name, steps in (
        ("a", range(4, 25, 4)),
        ("b", (4, 5, 8, 12, 13, 14, 16, 20, 24)),
    ):
        checkpoints = Checkpoints(tmp_path / name, keep=2, every=4)
        for step in steps:
            checkpoints.save(step, tree(step), {})
            checkpoints.wait()
        kept.append({step for step in checkpoints.steps() if step % 4 == 0})
        checkpoints.close()
    assert kept == [{20, 24}, {20, 24}]
    checkpoints = Checkpoints(tmp_path / "c", keep=1, every=4)
    for step in (8, 9, 10):
        checkpoints.save(step, tree(step), {})
    checkpoints.wait()
    assert checkpoints.steps() == [10, 8]
    checkpoints.close()


def test_what_is_past_a_step_can_be_dropped(saved):
    checkpoints = Checkpoints(saved, keep=3)
    checkpoints.drop_after(1)
    assert checkpoints.steps() == [1]
    checkpoints.save(2, tree(7), {})
    checkpoints.close()
    checkpoints = Checkpoints(saved, keep=3)
    assert checkpoints.newest_sound() == (2, {})
    assert_same(unflatten(checkpoints.read(2)[0], tree()), tree(7))
    checkpoints.drop_after(0)
    assert checkpoints.steps() == []
    checkpoints.close()

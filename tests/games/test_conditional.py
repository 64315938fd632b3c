"""Games that are told classes: who hears them, and who must."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from gan_jax import asks, data, losses, models, nn, optim, regularizers, rng, sampling
from gan_jax import terms as room
from gan_jax.games import adversarial, base
from gan_jax.games.update import update
from tests.games.facts import CLASSES
from tests.games.tables import BATCH, batches, both, told, toy

KEY = jax.random.key(6)


def conditional(**kwargs):
    return toy(facts=CLASSES, conditional=asks.class_labels(), **kwargs)


@pytest.mark.slow
def test_the_class_that_is_asked_reaches_the_generator():
    game = conditional()
    state, keys = base.init(game, KEY), rng.deal(KEY, 4)
    first, again, other = (
        game.sample(state, keys, {"label": jnp.full(4, label)}) for label in (0, 0, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (np.abs(first - other).max(-1) > 1e-4).all()


def test_the_critic_is_told_each_sides_own_class():
    """Its loss recomputed from the networks, with the classes written out."""
    game = conditional(loss=losses.hinge)
    state = base.init(game, KEY)
    batch = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
    keys = rng.deal(KEY, BATCH)
    (phase,) = [p for p in game.phases if p.name == "disc"]
    value, _ = phase.loss(state, batch, keys, 0)

    def run(name, *args):
        own = state.players[name]
        return game.players[name].module.apply(
            {"params": own.params}, *args, train=True
        )

    eye = np.eye(3, dtype=np.float32)
    label = asks.filled(game.asks, keys, {})["label"]
    fake = run("gen", sampling.normal((3,))(rng.stream(keys, "latents")), eye[label])
    on_real = run("disc", batch["sample"], eye[batch["label"]])[0]
    on_fake = run("disc", fake, eye[label])[0]
    expected = np.maximum(1 - on_real, 0) + np.maximum(1 + on_fake, 0)
    np.testing.assert_allclose(value, expected.mean(), rtol=1e-5)
    assert len(set(np.asarray(label).tolist())) > 1


class DeafGenerator(linen.Module):
    """Hears no condition."""

    @linen.compact
    def __call__(self, z, cond=None, *, train):
        return linen.Dense(2)(z)


class DeafCritic(linen.Module):
    """Tells classes apart, perhaps, in `classes`; its logits hear no condition."""

    @linen.compact
    def __call__(self, x, cond=None, *, train):
        return linen.Dense(1)(x)[:, 0], {"classes": linen.Dense(3)(x)}


def cast(gen=None, disc=None, **kwargs):
    modules = {
        "gen": gen or models.mlp.Generator((2,), (4,)),
        "disc": disc or models.mlp.Discriminator((4,)),
    }
    return adversarial(
        modules,
        dict.fromkeys(modules, optim.sgd(0.1)),
        CLASSES,
        loss=losses.hinge,
        latents=sampling.normal((3,)),
        conditional=asks.class_labels(),
        **kwargs,
    )


def test_a_generator_that_ignores_classes_is_refused():
    with pytest.raises(ValueError, match="the generator ignores the condition"):
        cast(gen=DeafGenerator())


@pytest.mark.slow
def test_a_critic_that_ignores_classes_is_refused_unless_a_term_teaches_it():
    with pytest.raises(ValueError, match="disc ignores the condition, and no term"):
        cast(disc=DeafCritic())

    def classify(memory, real, fake, now):
        likely = jax.nn.log_softmax(real.out["classes"])
        return -(likely * real.cond).sum(-1), memory

    term = room.Term(lambda: (), classify, conditional=True)
    game = cast(disc=DeafCritic(), disc_terms={"classes": term})
    state = base.init(game, KEY)
    batch = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
    _, metrics = update(game, game.phases[0], state, batch, KEY, 0)
    assert metrics["disc/classes"][1] == BATCH


def test_a_critic_that_judges_by_codes_is_refused():
    """Reals have none, and it would tell them by that."""
    given = {"condition": asks.codes((3,), 1)}
    given["disc_terms"] = {"codes": room.mutual_information()}
    with pytest.raises(ValueError, match="a condition that reals do not have"):
        told(join=nn.concatenated(), **given)
    assert list(told(nn.codes(4), **given).asks) == ["category", "code"]


def test_a_classifier_s_gradient_reaches_the_generator_and_not_by_its_input():
    """AC-GAN's critic is not told the class it is asked for."""
    game = told(nn.auxiliary_classifier(), **both(room.auxiliary_classifier))
    state, keys = base.init(game, KEY), rng.deal(KEY, BATCH)
    x = jax.random.normal(KEY, (BATCH, 2))
    own, disc = state.players["disc"], game.players["disc"].module
    weights = {"params": own.params, **own.variables}
    one, other = (
        disc.apply(weights, x, jax.nn.one_hot(jnp.full(BATCH, y), 3), train=False)
        for y in (0, 2)
    )
    jax.tree.map(np.testing.assert_array_equal, one, other)
    batch = jax.tree.map(lambda x: x[0], batches(game, 0)["real"])
    (phase,) = [p for p in game.phases if p.name == "gen"]
    _, aux = phase.loss(state, batch, keys, 0)
    assert aux.metrics["told"].shape == (BATCH,)


def test_a_layer_that_begins_at_zero_is_no_reason_to_refuse():
    """Whether the condition takes part is asked, not whether it matters yet."""
    gen = models.mlp.Generator((2,), (4,), kernel_init=nn.zeros())
    assert cast(gen=gen).asks.keys() == {"label"}


def test_a_chain_of_penalties_at_reals_and_fakes_cannot_be_told_one_class():
    chain = regularizers.chain(r1=regularizers.r1(), r2=regularizers.r2())
    with pytest.raises(ValueError, match="both looks at reals and at fakes"):
        cast(regularizers={"both": chain})
    assert toy(regularizers={"both": chain}).phases


def test_two_terms_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two terms are called r1"):
        toy(
            regularizers={"r1": regularizers.r1()},
            disc_terms={"r1": room.penalty(regularizers.r1())},
        )


def test_an_unlabelled_data_set_is_refused():
    with pytest.raises(ValueError, match="no classes"):
        toy(facts=data.Facts((2,)), conditional=asks.class_labels())

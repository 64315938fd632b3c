"""What the configs of several families share: data, networks, the length of a run.

A family's file says what is its own, its game and optimisers; these put them on

- `digits`: DCGAN's networks on the 5,000 MNIST digits that ship with the package, a few
  minutes on two CPU cores;
- `ring`: two small dense networks on eight Gaussians, a minute on one core;
- `tiny` and `tiny_residual`: any of them in seconds, for tests.
"""

from collections.abc import Callable

Node = dict
RING = dict(name="ring", modes=8, radius=2.0, std=0.02)
"""Metz et al. 2017, appendix A."""
PACGAN_RING = dict(name="ring", modes=8, radius=1.0, std=0.01, count=100_000)
PACGAN_GRID = dict(name="grid", side=5, spacing=2.0, std=0.05, count=100_000)
"""Lin et al. 2018, section 4.1: 100,000 fixed points."""
TRAIN = dict(seed=0, log_every=100, checkpoint_every=1000, sample_every=1000)
CLASSES = dict(name="class_labels")
"""Both networks are told the class."""
SPECTRAL = dict(wrap=dict(name="spectral_norm"))
FUSED = dict(
    seed=0,
    steps_per_call=100,
    log_every=500,
    checkpoint_every=5000,
    sample_every=5000,
    samples=2500,
)
"""Many cheap rounds in one device call; 2,500 samples, the protocol of VEEGAN and
PacGAN."""


def table(*makes: Callable[[], Node]) -> dict[str, Callable[[], Node]]:
    """Variants by the names of the functions that make them."""
    return {make.__name__: make for make in makes}


def adversarial(loss: str | Node, latents: tuple[int, ...], **game: object) -> Node:
    """An ordinary game with a normal prior; the loss by name, or as a node."""
    return dict(
        name="adversarial",
        loss=dict(name=loss) if isinstance(loss, str) else loss,
        latents=normal(latents),
        **game,
    )


def joined(**more: object) -> Node:
    """A network that reads the class by concatenation."""
    return dict(join=dict(name="concatenated", **more))


def headed(name: str, **more: object) -> Node:
    """A critic with a head, spectrally normalised."""
    return SPECTRAL | dict(head=dict(name=name, **more))


def tied(name: str, gen_weight: float | None = None, **numbers: object) -> Node:
    """A term that the critic learns on reals and the generator on fakes.

    Args:
        name: of the term.
        gen_weight: of the generator's; None for the critic's.
        **numbers: of both.
    """
    half = {} if gen_weight is None else dict(weight=gen_weight)
    of_disc, of_gen = (dict(name=name, on=on, **numbers) for on in ("real", "fake"))
    return dict(disc_terms=dict(classes=of_disc), gen_terms=dict(classes=of_gen | half))


def normal(shape: tuple[int, ...]) -> Node:
    """The prior N(0, 1)."""
    return dict(name="normal", shape=shape)


def adam(*players: str, **numbers: object) -> Node:
    """The same Adam for all players, gen and disc unless named."""
    names = players or ("gen", "disc")
    return {name: dict(name="adam", **numbers) for name in names}


def dcgan(width: int = 32, gen: Node | None = None, disc: Node | None = None) -> Node:
    """DCGAN's networks; what else they are given."""
    return dict(
        gen=dict(name="dcgan.Generator", width=width, **(gen or {})),
        disc=dict(name="dcgan.Discriminator", width=width, **(disc or {})),
    )


def mlp(
    *widths: int, gen: Node | None = None, disc: Node | None = None, **both: object
) -> Node:
    """Dense networks of the same widths; what both are given, and what each."""
    kind = dict(widths=widths, **both)
    return dict(
        gen=dict(name="mlp.Generator", **kind | (gen or {})),
        disc=dict(name="mlp.Discriminator", **kind | (disc or {})),
    )


def digits(
    game: Node, optim: Node, models: Node | None = None, **train: object
) -> Node:
    """On the digits that ship with the package."""
    return dict(
        data=dict(name="mnist5k"),
        models=models or dcgan(),
        game=game,
        optim=optim,
        train=TRAIN | dict(steps=4000, batch_size=64) | train,
    )


def cifar10(game: Node, optim: Node, head: Node, **train: object) -> Node:
    """SN-GAN's residual networks on CIFAR-10, told the class by norm and by head.

    Args:
        game: the game.
        optim: optimisers of gen and disc.
        head: what the critic is given, see `headed`.
        **train: steps and batch size at least.
    """
    norm = dict(name="conditional_batch_norm")
    return dict(
        data=dict(name="tfds", dataset="cifar10", preprocess=dict(name="dequantize")),
        models=dict(
            gen=dict(name="resnet.Generator", norm=norm),
            disc=dict(name="resnet.Discriminator", **head),
        ),
        game=game,
        optim=optim,
        train=TRAIN | dict(steps_per_call=10, sample_every=5000) | train,
    )


def ring(game: Node, optim: Node, models: Node | None = None, **train: object) -> Node:
    """On eight Gaussians."""
    return dict(
        data=RING,
        models=models or mlp(128, 128),
        game=game,
        optim=optim,
        train=FUSED | dict(steps=20_000, batch_size=256) | train,
    )


def tiny(config: Node, **game: object) -> Node:
    """The same in seconds: four rounds of eight examples, dense layers of ten.

    Convolutional networks get widths of four, and small drawn pictures to look at.

    Args:
        config: of points, as it stands; or of pictures.
        **game: what should be smaller in the game, too.
    """
    dense = "widths" in config["models"]["gen"]
    size = dict(widths=(10,)) if dense else dict(width=4)
    pictures = dict(name="shapes", shape=(16, 16, 1), count=64)
    return config | dict(
        data=config["data"] if dense else pictures,
        models={name: node | size for name, node in config["models"].items()},
        game=config["game"] | game,
        train=dict(
            steps=4, batch_size=8, log_every=2, checkpoint_every=2, samples=4, seed=0
        ),
    )


def tiny_residual(config: Node, gen: Node, disc: Node, **game: object) -> Node:
    """Residual networks in seconds: a block or none on small drawn pictures of classes.

    Args:
        config: of pictures.
        gen, disc: the networks' numbers, of pictures 8 x 8 x 1.
        **game: what should be smaller in the game, too.
    """
    models = config["models"]
    small = tiny(config, n_critic=1, gen_batch=1, **game)
    return small | dict(
        data=dict(name="shapes", shape=(8, 8, 1), count=64),
        models=dict(gen=models["gen"] | gen, disc=models["disc"] | disc),
    )


def by_class(loss: str | Node, latents: Node, **game: object) -> Node:
    """An ordinary game whose two sides are told the class."""
    return dict(
        name="adversarial",
        loss=dict(name=loss) if isinstance(loss, str) else loss,
        latents=latents,
        conditional=dict(name="class_labels"),
        **game,
    )


def large(
    data: Node,
    game: Node,
    optim: Node,
    models: Node,
    steps: int,
    batch_size: int,
    **train: object,
) -> Node:
    """A long run on an accelerator: ten rounds a call, few checkpoints and pictures."""
    return dict(
        data=data,
        models=models,
        game=game,
        optim=optim,
        train=TRAIN
        | dict(steps=steps, batch_size=batch_size, steps_per_call=10)
        | dict(checkpoint_every=5000, sample_every=5000)
        | train,
    )


CIFAR10 = dict(name="tfds", dataset="cifar10", preprocess=dict(name="dequantize"))
"""With U(0, 1/128) added to each pixel, as in SN-GAN's code."""


def pictures(size: int) -> Node:
    """A folder of colour pictures, one subfolder for each class: data.path=FOLDER."""
    return dict(
        name="folder", path=f"data/pictures{size}", size=(size, size), channels=3
    )

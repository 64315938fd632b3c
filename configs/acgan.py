"""Auxiliary classifiers: AC-GAN (Odena et al. 2017, arXiv:1610.09585) and its heirs.

    python -m gan_jax.main --config=configs/acgan.py[:VARIANT]

| variant     | critic besides                       | source                            |
|-------------|--------------------------------------|-----------------------------------|
| digits      | k classes                            | default; Odena et al. 2017        |
| tac         | k classes, and of fakes alone        | Gong et al. 2019, arXiv:1907.02690 |
| adc         | 2k classes, real and fake apart      | Hou et al. 2022, arXiv:2107.10060 |
| multi_hinge | k + 1 classes, margins               | Kavalerov et al. 2021, 1912.04216 |
| cifar10     | k classes; TFDS, ResNets             | Odena et al. 2017, section 4.5    |
| ring8       | k classes; eight Gaussians           |                                   |
| tiny        | the same, dense, 10                  | seconds                           |

All but the last three: 5,000 MNIST digits (ships), DCGAN 28x28, spectral norm in D, hinge.
The critic is not told the class, it says it. It learns the classes of reals alone; the
paper's learns those of fakes as well: `--config.game.disc_terms.classes.on=both`.

Expected: CIFAR-10 Inception Score 8.25 +- 0.07 (Odena et al. 2017, section 4.5), which
StudioGAN could not repeat (7.33, FID 31.72); there TAC-GAN has 7.68 and 29.51, ADC-GAN
9.91 and 3.93 with BigGAN's networks, and MHGAN (paper 9.58 and 6.40) 10.13 and 3.93.

Departures: `multi_hinge` keeps hinge's half of the reals, which the multi-class hinge
implies; the papers' networks are larger.
"""

from ml_collections import ConfigDict

from gan_jax.configs import common
from gan_jax.resolve import variant_of


def get_config(variant: str = "digits") -> ConfigDict:
    """The config of a variant."""
    return ConfigDict(variant_of(VARIANTS, variant))


def game(latents: tuple[int, ...], **more: object) -> dict:
    """The game: the generator is told the class, the critic says it."""
    return common.adversarial("hinge", latents, conditional=common.CLASSES, **more)


def on_digits(head: dict, terms: dict) -> dict:
    """On the digits that ship, with a head and the terms that read it."""
    return common.digits(
        game((64,), ema=0.995) | terms,
        common.adam(learning_rate=2e-4, b1=0.5),
        common.dcgan(gen=common.joined(), disc=head),
    )


def digits() -> dict:
    """The classifier learns on reals with weight 1, the generator by it with 0.1."""
    terms = common.tied("auxiliary_classifier", gen_weight=0.1)
    return on_digits(common.headed("auxiliary_classifier"), terms)


def tac() -> dict:
    """A twin that learns the classes of fakes, against which the generator plays."""
    terms = common.tied("auxiliary_classifier")
    terms["disc_terms"]["twin"] = dict(name="twin_classifier")
    terms["gen_terms"]["twin"] = dict(name="twin_classifier", fool=True)
    return on_digits(common.headed("auxiliary_classifier", twin=True), terms)


def adc() -> dict:
    """A classifier that tells real and fake of every class apart."""
    name = "discriminative_classifier"
    terms = dict(
        disc_terms=dict(classes=dict(name=name)),
        gen_terms=dict(classes=dict(name=name, fool=True)),
    )
    return on_digits(common.headed(name), terms)


def multi_hinge() -> dict:
    """Margins of k + 1 classes; the generator's weight 0.05, and feature matching."""
    terms = common.tied("multi_hinge", gen_weight=0.05)
    features = dict(name="feature_matching", weight=1.0)
    matched = dict(matching=dict(features=features), gen_weight=0.0)
    return on_digits(common.headed("fake_class"), terms | matched)


def cifar10() -> dict:
    """Both sides' classes in D as in the paper; networks of SN-GAN, 100,000 rounds."""
    terms = common.tied("auxiliary_classifier")
    terms["disc_terms"]["classes"]["on"] = "both"
    return common.cifar10(
        game((128,), ema=0.9999) | terms,
        common.adam(learning_rate=2e-4, b1=0.5),
        common.headed("auxiliary_classifier"),
        steps=100_000,
        batch_size=64,
    )


def ring8() -> dict:
    """Eight Gaussians, each a class."""
    return common.ring(
        game((2,)) | common.tied("auxiliary_classifier", gen_weight=0.1),
        common.adam(learning_rate=1e-3, b1=0.5),
        common.mlp(128, 128, disc=common.headed("auxiliary_classifier")),
    )


def tiny() -> dict:
    """Seconds on a CPU."""
    return common.tiny(ring8())


VARIANTS = common.table(digits, tac, adc, multi_hinge, cifar10, ring8, tiny)

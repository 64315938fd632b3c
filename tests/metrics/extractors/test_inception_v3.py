"""Against torch-fidelity's network, both with the same random weights."""

import numpy as np
import pytest

from gan_jax import errors
from gan_jax.metrics import extractors
from gan_jax.metrics.extractors import inception_v3, state_dict
from tests.oracles import torchvision_stub

pytestmark = pytest.mark.optimised

torch = pytest.importorskip("torch", reason="the oracle of the network")
TAPS = ("64", "192", "768", "2048", "logits_unbiased", "logits")
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 40, 56, 3)).astype(np.uint8)


def random_state(network) -> dict:
    """Weights that keep the signal near 1, and batch norms that do something."""
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, value in network.state_dict().items():
        draw = torch.randn(value.shape, generator=generator)
        if name.endswith(("running_var", "bn.weight")):
            state[name] = 1 + 0.3 * draw.clamp(-2, 2)
        elif name.endswith("num_batches_tracked"):
            state[name] = value
        elif value.ndim > 1:
            state[name] = draw * (1.6 / value[0].numel()) ** 0.5
        else:
            state[name] = 0.3 * draw
    return state


@pytest.fixture(scope="module")
def oracle():
    torchvision_stub.install()
    module = pytest.importorskip(
        "torch_fidelity.feature_extractor_inceptionv3", reason="the oracle"
    )

    class Bare(module.FeatureExtractorInceptionV3):
        def load_state_dict(self, state):
            """Keeps the weights it was born with: no file to load."""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "load", lambda *args, **kwargs: {})
        network = Bare("oracle", list(TAPS), feature_extractor_weights_path="none")
    torch.nn.Module.load_state_dict(network, random_state(network))
    return network, module


@pytest.fixture(scope="module")
def weights(oracle, tmp_path_factory):
    file = tmp_path_factory.mktemp("inception") / "random.pth"
    torch.save(oracle[0].state_dict(), file)
    return str(file)


@pytest.fixture(scope="module")
def wanted(oracle):
    return run(oracle[0])


def run(network):
    with torch.no_grad():
        found = network(torch.tensor(IMAGES.transpose(0, 3, 1, 2)))
    return {tap: value.numpy() for tap, value in zip(TAPS, found, strict=True)}


def close(found, wanted, relative=1e-4):
    scale = np.abs(wanted).max()
    # The images differ by more than is allowed: a constant would not do.
    assert np.abs(wanted[0] - wanted[1]).max() > 20 * relative * scale
    np.testing.assert_allclose(found, wanted, rtol=0, atol=relative * scale)


@pytest.mark.slow
@pytest.mark.parametrize("tap", [64, 192])
def test_early_taps(weights, wanted, tap):
    found = extractors.inception(weights, tap=tap, batch=2)(IMAGES)
    close(found.features, wanted[str(tap)])
    assert found.probabilities is None


@pytest.mark.slow
def test_features_of_the_fid_and_probabilities_of_the_inception_score(weights, wanted):
    extract = extractors.inception(weights, batch=2)
    found = extract(IMAGES)
    close(found.features, wanted["2048"])
    logits = torch.tensor(wanted["logits_unbiased"])
    close(found.probabilities, logits.softmax(dim=1).numpy())
    assert (extract.name, extract.resize) == ("inception", "tf1-bilinear")


@pytest.mark.slow
@pytest.mark.parametrize("tap", [768, "logits", "logits_unbiased"])
def test_late_taps(weights, wanted, tap):
    found = extractors.inception(weights, tap=tap, batch=2)(IMAGES)
    close(found.features, wanted[str(tap)])


def test_pytorch_fids_preprocessing_in_the_network(oracle, weights, monkeypatch):
    network, module = oracle

    def resize(x, size, align_corners):
        x = torch.nn.functional.interpolate(
            x / 255, size=size, mode="bilinear", align_corners=align_corners
        )
        return (2 * x - 1) * 128 + 128  # undone by the network's own scaling

    monkeypatch.setattr(module, "interpolate_bilinear_2d_like_tensorflow1x", resize)
    early = extractors.inception(weights, "pytorch_fid", tap=64, batch=2)
    close(early(IMAGES).features, run(network)["64"], 1e-5)
    assert early.resize == "bilinear"


def test_our_own_layout_holds_the_same(weights, tmp_path):
    file = tmp_path / "random.safetensors"
    tensors, digest = state_dict.load(inception_v3.Path(weights))
    file.write_bytes(state_dict.to_safetensors(tensors))
    first = extractors.inception(weights, tap=64, batch=2)
    second = extractors.inception(str(file), tap=64, batch=2)
    assert first.weights == digest
    assert first.weights != second.weights  # of the file
    np.testing.assert_array_equal(first(IMAGES).features, second(IMAGES).features)


def test_an_absent_file_says_what_to_get(tmp_path):
    with pytest.raises(errors.BadInput, match=r"pt_inception-2015-12-05-6726825d\.pth"):
        extractors.inception(str(tmp_path / "inception.pth"))


def test_a_file_that_is_not_what_its_name_says(tmp_path):
    file = tmp_path / "pt_inception-2015-12-05-6726825d.pth"
    torch.save({}, file)
    with pytest.raises(errors.BadInput, match="not the checkpoint its name says"):
        extractors.inception(str(file))


@pytest.mark.slow
def test_another_networks_weights(tmp_path, oracle):
    file = tmp_path / "other.pth"
    torch.save({"fc.weight": torch.zeros(10, 2048)}, file)
    with pytest.raises(errors.BadInput, match="another network's weights"):
        extractors.inception(str(file))
    state = oracle[0].state_dict()
    state["fc.weight"] = torch.zeros(1000, 2048)
    torch.save(state, file)
    with pytest.raises(errors.BadInput, match=r"\(2048, 1000\), wanted \(2048, 1008\)"):
        extractors.inception(str(file))

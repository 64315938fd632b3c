import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.dirac_gan import run

pytestmark = pytest.mark.optimised

METHODS = run.methods()


@pytest.mark.slow
@pytest.mark.parametrize("in_turn", [False, True])
@pytest.mark.parametrize("name", ["minimax", "five_critic", "r1", "consensus"])
def test_rounds_have_the_eigenvalues_of_theory(name, in_turn):
    method = METHODS[name]
    jacobian = jax.jit(jax.jacrev(run.round_of(method, in_turn)))(jnp.zeros(2), 0)
    theory = run.theory(method, in_turn)
    assert theory is not None
    np.testing.assert_allclose(jacobian, theory, atol=2e-6)


def test_closed_forms_of_the_paper():
    """Lemma 2.3, eq. (6) and the text after lemma 4.1."""
    h, slope, gamma = run.RATE, run.LOG, 0.3
    at_once = run.theory(METHODS["non_saturating"], in_turn=False)
    np.testing.assert_allclose(
        run.eigenvalues(at_once), 1 + h * slope * np.array([-1j, 1j])
    )
    in_turn = run.theory(METHODS["five_critic"], in_turn=True)
    alpha = 5**0.5 * h * slope
    root = 1j * np.sqrt(1 - (1 - alpha**2 / 2) ** 2)
    expected = 1 - alpha**2 / 2 + root * np.array([-1, 1])
    np.testing.assert_allclose(run.eigenvalues(in_turn), expected)
    with_r1 = run.theory(METHODS["r1"], in_turn=False)
    root = 1j * np.sqrt(slope**2 - gamma**2 / 4)
    expected = 1 + h * (-gamma / 2 + root * np.array([-1, 1]))
    np.testing.assert_allclose(run.eigenvalues(with_r1), expected)


def test_a_round_at_once_is_the_field_at_one_point():
    """At (1, 1): theta moves by h f'(1), psi by -h f'(1), f' = sigmoid(-theta psi)."""
    point = run.round_of(METHODS["non_saturating"], in_turn=False)(jnp.ones(2), 0)
    slope_gen = 1 / (1 + np.exp(1.0))  # softplus(-psi theta), so that theta grows
    slope_disc = 1 / (1 + np.exp(-1.0))  # softplus(psi theta), so that psi falls
    expected = [1 + run.RATE * slope_gen, 1 - run.RATE * slope_disc]
    np.testing.assert_allclose(point, expected, rtol=1e-6)

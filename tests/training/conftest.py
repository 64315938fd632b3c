"""References that runs of these tests make lie in one folder of their own."""

import pytest

from gan_jax.evaluation import references


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "references"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(references.FOLDER, str(path))
        yield path

"""Where an experiment's numbers come from."""

from datetime import UTC, datetime
from typing import Any

from gan_jax.run.provenance import provenance


def origin(command: str) -> dict[str, Any]:
    """What a command runs on. Asked before it writes: results change the tree, too."""
    date = datetime.now(UTC).date().isoformat()
    return {**provenance(), "date": date, "command": command}

"""The part of an experiment's README.md that its command writes."""

from pathlib import Path

from gan_jax.run.workdir import write

BEGIN, END = "<!-- tables: written by the command -->", "<!-- end of tables -->"


def fill(folder: Path, body: str) -> None:
    """Put `body` between the markers of README.md; the rest stays as it is."""
    readme = folder / "README.md"
    text = readme.read_text() if readme.is_file() else f"{BEGIN}\n{END}\n"
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    write(readme, f"{head}{BEGIN}\n\n{body}\n{END}{tail}")

"""What can be said where something else is wanted: values, numbers, names, modules."""

# What stands in a config where something else should: Python source.
VALUES = (
    *("None", "True", "False", "3", "-1", "0", "1.5", "-0.5", "10**12", "10**30"),
    *("2**32", "2**63", "2**64", "-2**63", "float('nan')", "float('inf')", "1e308"),
    *("float('-inf')", "1e-320", "'x'", "''", "'3'", "'a' * 300", "'a' * 10**6"),
    *("'\\x00'", "'\\ud800'", "'a\\nb'", "'\\x1b[31m'", "'ü名'", "b'x'", "[]", "()"),
    *("{}", "[[]]", "[None]", "[3]", "(3,)", "(0,)", "(-1,)", "(True,)", "('x',)"),
    *("(40000,)", "(10**9,)", "[1] * 10**5", "{'name': 'x'}", "{'name': 3}"),
    *("{'name': None}", "{'name': []}", "{'name': {}}", "{3: 4}", "{None: {}}"),
    *("{'': {}}", "{'a': 3}", "{'a': {'name': 'x'}}", "{'name': 'x', 3: 4}", "set()"),
    *("{1, 2}", "1j", "...", "object()", "object", "int", "len", "print", "lambda: 0"),
    *("lambda *a, **k: 0", "lambda *a, **k: 1 / 0", "exit", "type", "range(3)"),
    *("iter([])", "(x for x in [])", "NotImplemented", "Exception('x')", "cyclic()"),
    *("deep(5000)", "deep(40)", "__import__('os')", "__import__('numpy').zeros(3)"),
    *("__import__('numpy').float32(1)", "__import__('numpy').int64(3)"),
    *("__import__('pathlib').Path('x')", "__import__('fractions').Fraction(1, 2)"),
    *("__import__('decimal').Decimal('1.5')", "Hostile()", "bytearray(3)"),
    *("__import__('datetime').date(2020, 1, 1)", "10**4000", "-10**4000"),
)
HEAD = """
def cyclic():
    own = []
    own.append(own)
    return own


def deep(levels):
    node = {}
    for _ in range(levels):
        node = {"a": node}
    return node


class Hostile:
    def __repr__(self):
        raise RuntimeError("no")

    __eq__ = __hash__ = __bool__ = __len__ = __iter__ = __float__ = __repr__
"""
NUMBERS = (
    *(
        "-1",
        "0",
        "1",
        "3",
        "1.5",
        "-0.0",
        "1e3",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1e308",
    ),
    *("1000000000000", "1000000000000000000000000000000", "18446744073709551616"),
    *("4294967296", "9223372036854775808", "-9223372036854775808", "40000", "0x10"),
    *("1_000", "1__0", "0b1", "01", "10**12", "9" * 5000, "-" * 50000, "1e-320"),
    *("None", "True", "[]", "()", "(1,)", "{}", "''", "'3'", "", " ", "3 ", "3,4"),
    *("٣", "３", "¼", "\udcff", "a\nb", "\x1b[31m", "(" * 5000, "[" * 200 + "]" * 200),
)
"""Where a number belongs, on a command line; none is of a size that only takes long."""
NAMES = (
    *("", " ", ".", "..", "/", "//", "~", "~nobody-of-that-name", "~/nowhere", "-"),
    *(
        "--",
        "*",
        "%s",
        "%",
        "{}",
        "$HOME",
        "a:b",
        ":",
        "a" * 255,
        "a" * 300,
        "a" * 9999,
    ),
    *("a/" * 3000, "a\nb", "a\tb", "\x1b[31mred", "\x07", "\x7f", "ü名", "\udcff"),
    *("\ud800", "\u2028", "\u202e", "\x85", "nul\x00", "/dev/null", "/dev/full"),
    *("/dev/zero", "/dev/stdin", "/proc/self/mem", "/dev/null/x", "CON", "@W/file"),
    *("@W/file/x", "@W/fifo", "@W", "@W/nowhere", "@W/nowhere/x", "@W/runs"),
)
"""Where a name belongs."""
FOREIGN = (
    *("os.system", "os.getcwd", "sys.exit", "builtins.eval", "builtins.print"),
    *("builtins.dict", "numpy.zeros", "numpy.random.default_rng", "json.loads"),
    *("subprocess.Popen", "no.such.module", "os.nothing", "os.path.join", "os.path"),
    *("gan_jax.main.main", "gan_jax.models.mlp.Generator", "this.Zen", "antigravity.x"),
    *("gan_jax.losses.hinge", "..", "a..b", ".a", "a.", "os.", "3.4", "a b.c", "ü.名"),
    *("flax.linen.Dense", "jax.numpy.sin", "optax.adam", "typing.Any", "os.environ"),
    *("builtins.exit", "builtins.object", "builtins.int", "builtins.KeyboardInterrupt"),
    *("mine.raises", "mine.leaves", "mine.nothing", "mine.hostile", "mine.Odd"),
    *("mine.recurses", "fails.x", "quits.x", "syntax.x", "loops.x"),
)
MINE = """
def raises(*args, **kwargs):
    raise KeyError("of mine")

def leaves(*args, **kwargs):
    raise SystemExit(3)

def recurses(*args, **kwargs):
    return recurses()

def nothing(*args, **kwargs):
    return None

def hostile(*args, **kwargs):
    class Hostile:
        def __getattr__(self, name):
            raise RuntimeError(name)
        def __repr__(self):
            raise RuntimeError("no")
    return Hostile()

class Odd:
    def __init__(self, x: "Nothing" = 3):
        raise ValueError("two\\nlines")
"""
MODULES = {
    "mine.py": MINE,
    "fails.py": "1 / 0\n",
    "quits.py": "import sys\nsys.exit('bye')\n",
    "syntax.py": "def (:\n",
    "loops.py": "import loops\nfrom loops import x\n",
}

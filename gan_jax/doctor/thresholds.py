"""Every number the doctor judges by, in one place.

Those under "calibrated" were chosen by `experiments/doctor/run.py` on training runs
whose state was measured independently; a test holds them to its results.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """The doctor's numbers; counts are in lines of metrics.jsonl.

    Attributes:
        memory: lines looked at.
        window: newest lines whose median is "now".
        warmup: lines before anything but a number that is not finite is judged.
        clear: lines without a symptom after which it may be reported anew.
        cycle: lines in which an oscillation is looked for.
        rising: growth of the spread from one window to the next that counts as
            recovering.
        faint: share of its largest value below which the critic's lead is noise.
        used: share of a posterior's numbers in use, up to which it has collapsed.
        huge: size below which nothing counts as exploded.
        sure: accuracy of the critic from which on it is sure.
        lead: its lead now, in shares of its largest, from which on it keeps it.
        vanished: gradient norm of the generator for each unit of that lead.
        fooled: accuracy of the critic up to which it cannot tell.
        mismatch: |log(spread of fakes / spread of reals)| a critic should have seen.
        collapsed: spread of fakes / spread of reals up to which modes are missing.
        swing: size of the lead's swings, in shares of the lead.
        turns: their number in a cycle, twice a period.
        explosion: growth against the earlier median.
    """

    memory: int = 200
    window: int = 5
    warmup: int = 10
    clear: int = 5
    cycle: int = 32
    rising: float = 1.1
    faint: float = 0.1
    used: float = 0.05
    huge: float = 10.0
    # calibrated
    sure: float = 0.98
    lead: float = 0.5
    vanished: float = 0.03
    fooled: float = 0.55
    mismatch: float = 0.2
    collapsed: float = 0.7
    swing: float = 0.5
    turns: int = 4
    explosion: float = 30.0

    def __post_init__(self) -> None:
        """Refuse windows that hold nothing.

        Raises:
            ValueError: naming the field.
        """
        for name in ("window", "warmup", "clear", "cycle"):
            if not 1 <= getattr(self, name) <= self.memory:
                raise ValueError(f"{name} must be from 1 to memory={self.memory}")
        if self.warmup < 2 * self.window:
            raise ValueError("warmup must hold two windows")

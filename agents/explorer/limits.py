"""How long a model may look around: turns, time and tokens, and what is left of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ...errors import BadInput

CHARACTERS_PER_TOKEN = 4
MOST_TURNS, MOST_SECONDS, MOST_TOKENS = 24, 600.0, 500_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one recall may spend on a model; more than the product's own bounds is cut to them.

    Raises:
        BadInput: a limit that leaves nothing to spend.
    """

    max_turns: int = 6
    timeout_seconds: float = 30.0
    max_tokens: int = 60_000

    def __post_init__(self) -> None:
        told = {"max_turns": MOST_TURNS, "timeout_seconds": MOST_SECONDS, "max_tokens": MOST_TOKENS}
        for name, most in told.items():
            given = getattr(self, name)
            if not given > 0:
                raise BadInput(f"{name} is {given}; give more than 0, or depth fast to ask no model")
            object.__setattr__(self, name, min(given, most))


@dataclass(slots=True)
class Allowance:
    """What is left of the limits; `spent` tells the tokens used so far, `clock` counts seconds."""

    limits: Limits
    clock: Callable[[], float]
    spent: Callable[[], int]
    turns: int = 0
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return self.clock() - self._start

    @property
    def turns_left(self) -> int:
        """Turns that may still be begun."""
        return self.limits.max_turns - self.turns

    @property
    def seconds_left(self) -> float:
        """Seconds that may still pass."""
        return self.limits.timeout_seconds - self.elapsed

    @property
    def tokens_left(self) -> int:
        """Tokens that may still be used."""
        return self.limits.max_tokens - self.spent()

    def exhausted(self, prompt: int = 0) -> str:
        """Which limit forbids another turn with a prompt of so many tokens, in a few words; "" if none."""
        if self.turns_left <= 0:
            return f"no plan within {self.limits.max_turns} turns"
        if self.seconds_left <= 0:
            return f"no plan within {self.limits.timeout_seconds:g} s"
        if self.tokens_left <= prompt:
            return f"no plan within {self.limits.max_tokens:,} tokens"
        return ""

    def __str__(self) -> str:
        seconds = max(0, int(self.seconds_left))
        return f"turns left: {self.turns_left}, seconds left: {seconds}, tokens left: {self.tokens_left:,}"

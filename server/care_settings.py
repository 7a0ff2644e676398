"""The settings of care: whether memories are packed in the background, how often, and what is pruned."""

from datetime import timedelta
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class CareSettings(BaseSettings):
    """The part of `Settings` about packing and pruning."""

    maintain: Literal["auto", "off"] = "auto"
    """`auto` packs memories in the background when there is need; `off` leaves it to `diffmem maintain`."""
    maintain_minutes: float = Field(default=30, gt=0, le=10_080)
    """How often it is looked which memories need it."""
    prune_hours: float = Field(default=336, ge=1)
    """How long what no commit leads to is kept; at least an hour."""

    @property
    def prune_grace(self) -> timedelta:
        """The same as a time."""
        return timedelta(hours=self.prune_hours)

"""Every part of the harness, by name."""

from __future__ import annotations

from reliability import adversarial, backups, diskfull, flips, hostile, kills, power, writers
from reliability.tally import Part

PARTS: dict[str, Part] = {
    module.PART.name: module.PART for module in (kills, power, writers, adversarial, hostile, diskfull, flips, backups)
}

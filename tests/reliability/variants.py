"""Valid records that differ in everything that may differ, made from a seed."""

from __future__ import annotations

from random import Random

from kg.model.digest import digest
from reliability.material import ALS, IRIS, MSC, TEXT, WORDS, Record, claim, quiet

_LETTERS = "abcdefghij \t.,;:'\"\\{}<>&|^`$#@!?\u00e9\u0416\u4e2d\u0627\U0001f9ec\u0301\u200d"
_QUALIFIERS: tuple[tuple[str, object], ...] = (
    ("cellSource", "UBERON:0002371"),
    ("followUp", "P3M"),
    ("disease", "MONDO:0005180"),
)


def variant(random: Random, id: str) -> Record:
    """A valid claim."""
    number = random.randrange(10_000)
    words = random.choice(WORDS)
    start = TEXT.index(words)
    more: Record = {
        "polarity": random.choice(("affirmed", "negated")),
        "certainty": random.choice(("asserted", "hedged", "speculative")),
    }
    if random.random() < 0.5:
        more |= {k: v for k, v in quiet(number).items() if k != "polarity"}
    else:
        chosen = dict(random.sample(_QUALIFIERS, random.randrange(3)))
        statement: Record = {
            "subject": MSC,
            "relation": random.choice(("stemma:slows", "stemma:treats")),
            "object": ALS,
        }
        more["statement"] = {**statement, "qualifiers": chosen} if chosen else statement
    if random.random() < 0.3:
        more["attributedTo"] = _text(random)
    if random.random() < 0.3:
        more["notes"] = [_text(random)]
    if random.random() < 0.2:
        more["links"] = [{"type": "repeats", "to": IRIS.of("claim", "first-0")}]
    if random.random() < 0.2:
        more["mentions"] = [{"curie": ALS, "start": start, "end": start + random.randrange(1, len(words))}]
    made = claim(id, _text(random), 0, words=words, **more)
    if random.random() < 0.2:
        made["anchor"] = {k: v for k, v in made["anchor"].items() if k not in ("before", "after")}
    if random.random() < 0.1:
        made["anchor"]["verification"] = "verified"
    assert made["anchor"]["snapshot"] == digest(TEXT)
    return made


def _text(random: Random) -> str:
    inner = "".join(random.choice(_LETTERS) for _ in range(random.randrange(40)))
    return f"So it is said{inner}, in words."

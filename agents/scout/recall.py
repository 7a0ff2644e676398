"""From a question to ranked hits: found, joined with what was filed of them, put into time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..rules.changes import counted, may_change, supersedes
from .confidence import confidence, signs
from .corpus import Corpus
from .pack import Answer, Hit, age, pack
from .question import Question, Span, take_apart
from .score import Ranked, Ranking
from .units import Unit
from .windows import sentences, window
from .words import terms_in

COMPARED = 24
"""How many of the best hits are compared for one replacing another."""
STAND_IN = 0.3
"""What a word that may stand for one asked for weighs in choosing a long turn's window."""
WEIGHED = 80
"""How many of the best hits are read for a value, where a question asks for one."""
LEAST = 0.02
"""The share of the best hit's score that one needs to count as the present value."""
FRESH = 2.0
"""How much better than a last year's hit the newest one counts, where a question asks for what holds now."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found in a corpus, best first, and how sure that is the answer."""

    question: Question
    hits: tuple[Hit, ...]
    confidence: float
    worth: Mapping[str, float]
    """What each term is worth, for choosing windows."""
    language: str

    def show(self, unit: Unit) -> str:
        """The text of a unit, or the part of a long one that answers."""
        return window(unit.text, self.worth, terms_in(self.language), answers=self._answers())

    def _answers(self) -> Callable[[str], bool] | None:
        asked = self.question
        if not (asked.counts or asked.now or asked.ordered):
            return None
        wanted = set(_wanted(asked))
        return lambda said: not wanted.isdisjoint(counted(said))

    def answer(self, max_tokens: int, commit: str = "", note: str = "") -> Answer:
        """The answer as it is sent, within `max_tokens`."""
        return pack(
            self.hits,
            max_tokens,
            self.show,
            commit=commit,
            confidence=self.confidence,
            note=note,
            oldest_first=self.question.ordered,
        )


def scout(corpus: Corpus, question: str, today: date, names: Mapping[str, str]) -> Found:
    """Rank what a corpus holds for a question asked on a day.

    `names` leads from every name and alias to the canonical name.
    """
    speakers = [corpus.speakers.word(number) for number in range(corpus.speakers.size)]
    called = dict(zip(speakers, speakers, strict=True)) | dict(names)
    asked = take_apart(question, today, called, corpus.languages)
    ranking = Ranking(corpus, asked)
    ranked = ranking.rank()
    worth = {term: ranking.worth(term) for term in asked.words}
    for term, others in asked.alike.items():
        for other in others:
            worth.setdefault(other, STAND_IN * worth[term])
    hits = _hits(corpus, ranked)
    wanted = _wanted(asked)
    if asked.now:
        hits = _fresh_first(hits, wanted)
    hits = _with_ends(_with_changes(hits, worth), asked, wanted)
    sure = 0.0
    if len(ranked.rows):
        sure = confidence(signs(corpus, ranked.rows, asked, ranking.asked(), ranked.best))
    return Found(asked, hits, sure, worth, asked.language)


def _wanted(asked: Question) -> list[str]:
    """The terms asked for, names aside: what a number may be given for."""
    named = {term for person in asked.who for name in person for term in terms_in(asked.language).of(name)}
    return [term for term in asked.words if term not in named | asked.proper]


def _hits(corpus: Corpus, ranked: Ranked) -> list[Hit]:
    """Units as hits; a statement lends its score to the turn it was made from, and says if it still holds."""
    found: dict[int, Hit] = {}
    for row, score in zip(ranked.rows.tolist(), ranked.scores.tolist(), strict=True):
        unit = corpus.unit(row)
        until = ended(unit)
        reason = unit.kind if not unit.subject else f"{unit.kind} of {unit.subject}"
        turns = (
            [at for mark in unit.marks if (at := corpus.turn(mark)) is not None]
            if unit.kind == "statement"
            else []
        )
        for at in turns or [row]:
            known = found.get(at)
            if known is None:
                found[at] = Hit(corpus.unit(at), score, (reason,), until, unit.was)
            else:
                found[at] = replace(known, until=known.until or until, was=known.was or unit.was)
    return list(found.values())


def ended(unit: Unit) -> str:
    """When a former statement stopped being so; `?` when nobody knows."""
    if not unit.former:
        return ""
    return unit.date.partition("/")[2] or "?"


def _counts(unit: Unit, asked: Sequence[str]) -> bool:
    wanted = set(asked)
    return unit.speaker != "assistant" and any(
        not wanted.isdisjoint(counted(said)) for said in sentences(unit.text)[:60]
    )


def _fresh_first(hits: Sequence[Hit], asked: Sequence[str]) -> list[Hit]:
    """Raise what is newer; the newest of those that give a number for what was asked goes in first."""
    order = sorted({age(hit.unit) for hit in hits})
    place = {key: at / max(len(order) - 1, 1) for at, key in enumerate(order)}
    fresh = [replace(hit, score=hit.score * FRESH ** place[age(hit.unit)]) for hit in hits]
    fresh.sort(key=lambda hit: -hit.score)
    giving = [
        at
        for at, hit in enumerate(fresh[:WEIGHED])
        if hit.score >= LEAST * fresh[0].score and _counts(hit.unit, asked)
    ]
    newest = max(giving, key=lambda at: age(fresh[at].unit), default=None)
    return [replace(hit, must=True) if at == newest else hit for at, hit in enumerate(fresh)]


def _with_changes(hits: Sequence[Hit], worth: Mapping[str, float]) -> list[Hit]:
    """Mark hits that a newer one of the same speaker replaces; the newer then counts no less than they do."""
    near = [hit for hit in hits[:COMPARED] if hit.unit.speaker != "assistant"]
    said = {id(hit): _claims(hit.unit, worth) for hit in near}
    changed: dict[int, Hit] = {}
    for old in near:
        for new in near:
            if old.unit.speaker != new.unit.speaker or age(old.unit) >= age(new.unit):
                continue
            if any(supersedes(b, a) for a in said[id(old)] for b in said[id(new)]):
                day = new.unit.date[:10]
                until = min(filter(None, (changed.get(id(old), old).until, day)), default=day)
                changed[id(old)] = replace(changed.get(id(old), old), until=until or "?")
                best = max(changed.get(id(new), new).score, old.score)
                changed[id(new)] = replace(changed.get(id(new), new), score=best)
    return sorted((changed.get(id(hit), hit) for hit in hits), key=lambda hit: -hit.score)


def _claims(unit: Unit, worth: Mapping[str, float]) -> list[str]:
    """The sentences of a unit that speak of what was asked."""
    terms = terms_in("english")
    asked = (said for said in sentences(unit.text)[:60] if not worth.keys().isdisjoint(terms.of(said)))
    return [said for said in asked if may_change(said)][:3]


def _with_ends(hits: Sequence[Hit], asked: Question, wanted: Sequence[str]) -> tuple[Hit, ...]:
    """For a question about a change, what was so at its beginning and at its end goes in first."""
    if not asked.ordered:
        return tuple(hits)
    giving = [at for at, hit in enumerate(hits[:WEIGHED]) if _counts(hit.unit, wanted)]
    chosen = {pick(giving, key=lambda at: age(hits[at].unit)) for pick in (min, max) if giving}
    if asked.spans:
        chosen = {at for span in asked.spans for at in _best_within(hits, giving, span)}
    return tuple(replace(hit, must=True) if at in chosen else hit for at, hit in enumerate(hits))


def _best_within(hits: Sequence[Hit], giving: Sequence[int], span: Span) -> list[int]:
    first, last = span.first.isoformat(), span.last.isoformat()
    inside = [at for at, hit in enumerate(hits) if first <= hit.unit.date[:10] <= last]
    exact = [at for at in inside if hits[at].unit.date[:10] in (first, last)]
    return ([at for at in exact or inside if at in giving] or exact or inside)[:1]

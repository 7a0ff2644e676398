"""Files about the same person or thing become one: by rule where the names are sure, else by model."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ...errors import ModelError
from ...ontologies import entity
from ...ontologies.index import IndexLine
from ...ontologies.ranks import strength
from ...storage.changes import ChangeSet
from ...storage.history import History
from ...storage.snapshot import Snapshot
from ..catalogue import Catalogue
from ..providers.provider import Meter
from . import asking, evidence, links
from .candidates import Candidates, Match, candidates
from .decisions import Clusters, decide, ordered
from .merging import CannotMerge, Merge, merge_plan, merged
from .survey import Step, Survey, Task, notes
from .texts import Texts

_MOST_COMMITS = 20
"""Up to how many merges each have a commit of their own; more share these."""


def survey(snapshot: Snapshot, task: Task) -> Survey:
    """What would be merged, in the order it should be, and what was left apart and why."""
    found = candidates(Catalogue.of(snapshot))
    judge = _Judge(Texts(snapshot), found, _taken_apart(snapshot) if found.matches else frozenset())
    clusters = decide(found, judge.against)
    by_rule = list(_merges(judge, clusters))
    model = _Model(judge, clusters, task)
    asked = model.asked() if task.provider else ()
    by_model = [merge for merge in _merges(judge, clusters) if merge not in by_rule] if asked else []
    steps = [*_steps(by_rule, {}), *_steps(by_model, model.trailers)]
    return Survey(
        steps=tuple(steps),
        considered=len(found.lines),
        compared=found.compared,
        passed=(*judge.failed, *_passed(found, clusters)),
        note=notes(model.note, _crowded(found)),
    )


@dataclass(slots=True)
class _Judge:
    """What the files say of a match, read once."""

    texts: Texts
    found: Candidates
    apart: frozenset[frozenset[str]]
    failed: list[str] = field(default_factory=list[str])
    _told: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])

    def against(self, match: Match) -> str:
        return self.between(match.one, match.other)

    def between(self, one: int, other: int) -> str:
        """Why the files at two places are about two, or ""."""
        key = (min(one, other), max(one, other))
        if key not in self._told:
            a, b = self.found.lines[one], self.found.lines[other]
            if frozenset({a.path, b.path}) in self.apart:
                self._told[key] = "they were taken apart before"
            else:
                self._told[key] = evidence.against(self.texts, a, b)
        return self._told[key]


class _Model:
    """What rules leave open, shown to a model."""

    def __init__(self, judge: _Judge, clusters: Clusters, task: Task) -> None:
        self._judge = judge
        self._clusters = clusters
        self._task = task
        self.note = ""
        self.trailers: dict[str, str] = {}

    def asked(self) -> Sequence[Match]:
        """Join what the model is sure of; the matches that it was."""
        assert self._task.provider is not None
        meter, ontology = Meter(self._task.provider), self._task.ontology_name
        chosen = self._open()
        lines = self._judge.found.lines
        pairs = [(lines[match.one].path, lines[match.other].path) for match in chosen]
        try:
            told = asking.same(self._judge.texts, pairs, meter, ontology)
        except ModelError as failed:
            self.note = f"the model could not be asked: {failed}"
            return ()
        sure = [match for place, match in enumerate(chosen) if place in told]
        joined = [match for match in self._one_each(sure) if self._clusters.join(match, told=True)]
        spent = meter.usage
        self.note = (
            f"{len(pairs)} pairs shown to {meter.model}, {len(joined)} of them the same" if pairs else ""
        )
        self.trailers = {
            "Model": meter.model,
            "Prompt": asking.version(ontology),
            "Tokens": f"{spent.tokens_in}/{spent.tokens_out}",
        }
        return joined

    def _open(self) -> list[Match]:
        """The matches worth asking about: nothing in the files speaks against them."""
        clusters, lines = self._clusters, self._judge.found.lines
        open_ = [m for m in ordered(self._judge.found) if clusters.of(m.one) != clusters.of(m.other)]
        open_.sort(key=lambda match: -evidence.shared(lines[match.one], lines[match.other]))
        fine = (match for match in open_ if not self._judge.against(match))
        return [match for _, match in zip(range(self._task.most_asked), fine, strict=False)]

    def _one_each(self, sure: Sequence[Match]) -> Iterator[Match]:
        """Leave out a file that was said to be the same as two that cannot be one."""
        for match in sure:
            others = (m for m in sure if m is not match and {m.one, m.other} & {match.one, match.other})
            ends = ({m.one, m.other} ^ {match.one, match.other} for m in others)
            if not any(len(end) == 2 and self._judge.between(*end) for end in ends):
                yield match


def _merges(judge: _Judge, clusters: Clusters) -> Iterator[Merge]:
    """The merges of each cluster into its strongest file; what cannot be merged is noted."""
    lines = judge.found.lines
    today = judge.texts.snapshot.time.date().isoformat()
    for places in clusters.together():
        first, *rest = sorted(places, key=lambda place: _weakness(lines[place], today))
        survivor = lines[first]
        text = entity.parse(judge.texts.text(survivor.path))
        for place in rest:
            loser = lines[place]
            why = judge.between(first, place)
            if not why:
                try:
                    other = entity.parse(judge.texts.text(loser.path))
                    text = merged(text, other, survivor.path, loser.path).file
                except CannotMerge as cannot:
                    why = cannot.why
            if why:
                judge.failed.append(f"{survivor.path} and {loser.path}: {why}")
            else:
                yield Merge(survivor.path, loser.path)


def _weakness(line: IndexLine, today: str) -> tuple[bool, float, str]:
    return "/" in line.path, -strength(line.edits, line.last, today), line.path


def _steps(merges: Sequence[Merge], trailers: Mapping[str, str]) -> Iterator[Step]:
    size = max(1, math.ceil(len(merges) / _MOST_COMMITS))
    for start in range(0, len(merges), size):
        batch = tuple(merges[start : start + size])
        files = tuple(sorted({path for merge in batch for path in (merge.survivor, merge.loser)}))
        told = "; ".join(str(merge) for merge in batch)
        yield Step(told, files, partial(_planned, batch, trailers))


def _planned(merges: Sequence[Merge], trailers: Mapping[str, str], snapshot: Snapshot) -> ChangeSet | None:
    try:
        return merge_plan(snapshot, merges, trailers)
    except CannotMerge:
        # Somebody changed one of the files meanwhile; the next run looks at them again and tells why.
        return None


def _passed(found: Candidates, clusters: Clusters) -> Iterator[str]:
    for match in ordered(found):
        if clusters.of(match.one) != clusters.of(match.other):
            why = clusters.refused.get((match.one, match.other), "not sure enough by rule")
            one, other = found.lines[match.one], found.lines[match.other]
            yield f"{one.path} and {other.path} ({match.kind}): {why}"
    for name, places in sorted(found.claimed.items()):
        if len({clusters.of(place) for place in places}) > 1:
            paths = ", ".join(found.lines[place].path for place in sorted(places))
            yield f"{paths}: all claim the alias {name}"


def _crowded(found: Candidates) -> str:
    count = len(found.crowded)
    return f"{count} files have a name that too many share to be compared" if count else ""


def _taken_apart(snapshot: Snapshot) -> frozenset[frozenset[str]]:
    """Pairs whose merger was undone: nobody merges them again without being asked."""
    merges: dict[str, list[tuple[str, str]]] = {}
    undone: set[str] = set()
    apart: set[frozenset[str]] = set()
    for commit in History(snapshot).commits():
        if commit.trailers.get("Merged"):
            merges[commit.id] = links.pairs(commit.trailers)
        undone.add(commit.trailers.get("Reverts", ""))
        apart |= {frozenset(pair) for pair in links.pairs({"Merged": commit.trailers.get("Unmerged", "")})}
    reverted: Iterable[tuple[str, str]] = (pair for commit in undone for pair in merges.get(commit, ()))
    return frozenset(apart | {frozenset(pair) for pair in reverted})

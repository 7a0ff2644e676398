"""The memories that were asked of late: the last ones ready to answer, those before them packed small."""

import pickle
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field

from .scout.corpus import Corpus

READY, PACKED = 128 << 20, 32 << 20
"""How many bytes are kept ready, and how many packed."""
LEAST_READY = 4
"""This many memories are ready however large they are: to read one again takes longest where it is large."""
_LARGEST_PACKED = 2 << 20
"""To pack one takes about 9 ms for each MB, in which nothing else is answered."""
_QUICKLY = 1
_PROTOCOL = 4
"""The next one gives each small array three objects more once it is read again."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of a user: the state it was made of, its corpus, and who is who."""

    tree: str
    corpus: Corpus
    names: dict[str, str]

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return self.corpus.weight + 200 * len(self.names)

    def packed(self) -> bytes:
        """A tenth of the size, a fifth of the time that reading it takes."""
        return zlib.compress(pickle.dumps(self, _PROTOCOL), _QUICKLY)


@dataclass(slots=True)
class Kept:
    """Memories by user; those asked longest ago make room for the others."""

    _ready: OrderedDict[str, Memory] = field(default_factory=OrderedDict[str, Memory])
    _packed: OrderedDict[str, tuple[str, bytes]] = field(default_factory=OrderedDict[str, tuple[str, bytes]])
    ready_size: int = 0
    packed_size: int = 0
    _forgotten: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def age(self) -> int:
        """How often everything was dropped; what was read at an earlier age may hold what was erased."""
        return self._forgotten

    def __contains__(self, user: str) -> bool:
        return user in self._ready

    def get(self, user: str) -> Memory | None:
        """What is kept of a user, perhaps of an earlier state."""
        with self._lock:
            if user in self._ready:
                self._ready.move_to_end(user)
                return self._ready[user]
            _, packed = self._packed.get(user, ("", b""))
        # Nothing but this process ever wrote it.
        return pickle.loads(zlib.decompress(packed)) if packed else None

    def put(self, user: str, memory: Memory, age: int) -> None:
        """Keep a memory, read at an age of this, as the one asked last; if nothing was dropped since."""
        with self._lock:
            if age != self._forgotten:
                return
            self._set(user, memory)
            small = [each for each in self._made_room() if each[1].size <= _LARGEST_PACKED]
        for one, gone in small:
            self._pack(one, gone, age)

    def forget(self) -> None:
        """Drop everything."""
        with self._lock:
            self._ready.clear()
            self._packed.clear()
            self.ready_size = self.packed_size = 0
            self._forgotten += 1

    def _set(self, user: str, memory: Memory) -> None:
        before = self._ready.pop(user, None)
        self.ready_size += memory.size - (before.size if before else 0)
        self._ready[user] = memory

    def _made_room(self) -> list[tuple[str, Memory]]:
        """Let go of as many as are too many; answers those that are not packed as they are."""
        gone: list[tuple[str, Memory]] = []
        while self.ready_size > READY and len(self._ready) > LEAST_READY:
            user, memory = self._ready.popitem(last=False)
            self.ready_size -= memory.size
            known, _ = self._packed.get(user, ("", b""))
            if known == memory.tree:
                self._packed.move_to_end(user)
            else:
                gone.append((user, memory))
        return gone

    def _pack(self, user: str, memory: Memory, age: int) -> None:
        packed = memory.packed()
        with self._lock:
            # What was erased meanwhile must not come back.
            if age != self._forgotten:
                return
            _, before = self._packed.pop(user, ("", b""))
            self._packed[user] = memory.tree, packed
            self.packed_size += len(packed) - len(before)
            while self.packed_size > PACKED:
                _, (_, dropped) = self._packed.popitem(last=False)
                self.packed_size -= len(dropped)

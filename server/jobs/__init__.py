"""Work that outlives the request that asked for it: as data, and what became of it."""

"""What git prints where a mirror fails, in our words: what is missing, and what to do."""

NO_REPOSITORY = (
    "there is no git repository at its address; see whether the address is right, or make one there with "
    "`git init --bare`"
)
_KNOWN = (
    (
        ("could not read username", "could not read password", "authentication failed", "error: 401",
         "error: 403", "permission denied (", "host key verification failed"),
        "it does not let us in; see whether the token or the key is right and may write there",
    ),
    (
        ("could not resolve host", "name or service not known", "could not resolve proxy"),
        "nobody knows the host of its address; see whether the address is right and this machine is online",
    ),
    (
        ("failed to connect", "couldn't connect", "connection refused", "connection timed out",
         "no route to host", "network is unreachable"),
        "its host does not answer; see whether the address is right, and the host and the network are up",
    ),
    (
        ("does not appear to be a git repository", "repository not found", "not a git repository",
         "' not found"),
        NO_REPOSITORY,
    ),
)  # fmt: skip


def in_our_words(printed: str) -> str:
    """Why a mirror failed; what git printed, where that is nothing we know."""
    lowered = printed.lower()
    for signs, told in _KNOWN:
        if any(sign in lowered for sign in signs):
            return told
    return printed

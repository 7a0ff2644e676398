"""Git: repositories, snapshots, commits and history."""

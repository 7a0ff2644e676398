"""The route table: every endpoint there is, in the order the description lists them."""

from . import answers, changing, context, operating, reading, requests, sessions
from .endpoint import LARGE, Endpoint

_USER = "/memory/{user_id}"
_MODEL = (502, 503)

TABLE: tuple[Endpoint, ...] = (
    Endpoint(
        "POST", f"{_USER}/onboard", "write", "Begin a memory", changing.onboard,
        answers.OnboardAnswer, requests.Onboard, statuses=(409, 502), largest=LARGE,
    ),
    Endpoint(
        "GET", f"{_USER}/onboard-status", "read", "Whether there is a memory", reading.onboard_status,
        answers.OnboardStatus,
    ),
    Endpoint(
        "POST", f"{_USER}/context", "read", "What the memory adds to a conversation", context.context,
        answers.ContextAnswer, requests.Context, statuses=_MODEL, largest=LARGE,
    ),
    Endpoint(
        "GET", f"{_USER}/user-entity", "read", "The user's profile", reading.user_entity,
        answers.EntityAnswer,
    ),
    Endpoint(
        "GET", f"{_USER}/recent-timeline", "read", "What happened of late", reading.recent_timeline,
        answers.TimelineAnswer, query=requests.TimelineQuery,
    ),
    Endpoint(
        "POST", f"{_USER}/run-command", "read", "Look around with read-only commands", reading.run_command,
        answers.Printed, requests.RunCommand,
    ),
    Endpoint(
        "GET", f"{_USER}/entity-version", "read", "The last commit that changed a file",
        reading.entity_version, answers.EntityVersion, query=requests.EntityQuery,
    ),
    Endpoint(
        "POST", f"{_USER}/process-session", "write", "Store a session, its digest staged",
        sessions.process_session, answers.SessionAnswer, requests.ProcessSession, requests.WaitQuery,
        statuses=(409, 502, 504), queued=True, largest=LARGE, group="sessions",
    ),
    Endpoint(
        "POST", f"{_USER}/commit-session", "write", "Commit a staged digest", sessions.commit_session,
        answers.SessionAnswer, requests.CommitSession, requests.WaitQuery,
        statuses=(409, 502, 504), queued=True, group="sessions",
    ),
    Endpoint(
        "POST", f"{_USER}/process-and-commit", "write", "Store a session and file it",
        sessions.process_and_commit, answers.SessionAnswer, requests.ProcessSession, requests.WaitQuery,
        statuses=(409, 502, 504), queued=True, largest=LARGE, group="sessions",
    ),
    Endpoint(
        "POST", f"{_USER}/consolidate", "write", "Put the memory in order", sessions.consolidate,
        answers.ConsolidateAnswer, requests.Consolidate, requests.WaitQuery,
        statuses=(409, 502, 504), queued=True, group="sessions",
    ),
    Endpoint(
        "POST", f"{_USER}/process-commit-and-consolidate", "write",
        "Store a session, file it, then put the memory in order", sessions.process_and_consolidate,
        answers.BothAnswer, requests.ProcessAndConsolidate, requests.WaitQuery,
        statuses=(409, 502, 504), queued=True, largest=LARGE, group="sessions",
    ),
    Endpoint(
        "GET", _USER + "/jobs/{job_id}", "read", "How a job stands", sessions.job, answers.JobAnswer,
        group="sessions",
    ),
    Endpoint(
        "POST", f"{_USER}/remember", "write", "Store words", sessions.remember, answers.RememberAnswer,
        requests.Remember, statuses=(409,), largest=LARGE,
    ),
    Endpoint(
        "POST", f"{_USER}/recall", "read", "Find what is known on a question", reading.recall,
        answers.RecallAnswer, requests.Recall, statuses=(502,), lean=True,
    ),
    Endpoint(
        "GET", f"{_USER}/files", "read", "Every file", reading.files, answers.FilesAnswer,
        query=requests.AtQuery,
    ),
    Endpoint(
        "GET", _USER + "/files/{path:path}", "read", "One file", reading.file, answers.FileAnswer,
        query=requests.FileQuery,
    ),
    Endpoint(
        "GET", f"{_USER}/history", "read", "What changed and when", reading.history, answers.HistoryAnswer,
        query=requests.HistoryQuery,
    ),
    Endpoint(
        "GET", f"{_USER}/why", "read", "Where a line comes from", reading.why, answers.WhyAnswer,
        query=requests.WhyQuery,
    ),
    Endpoint(
        "POST", f"{_USER}/forget", "write", "Forget something", changing.forget, answers.ForgetAnswer,
        requests.Forget, statuses=(409,),
    ),
    Endpoint(
        "POST", f"{_USER}/restore", "write", "Bring something back", changing.restore,
        answers.RestoreAnswer, requests.Restore, statuses=(409,),
    ),
    Endpoint(
        "DELETE", _USER, "write", "Erase the whole memory, with a receipt", changing.erase,
        answers.ForgetAnswer,
    ),
    Endpoint(
        "GET", f"{_USER}/export", "read", "The whole memory in one file", changing.export,
        answers.Success, query=requests.ExportQuery, media=tuple(changing.FORMS.values()),
    ),
    Endpoint(
        "GET", f"{_USER}/status", "read", "What the memory holds and what waits",
        operating.repository_status, answers.StatusAnswer,
    ),
    Endpoint(
        "GET", f"{_USER}/validate", "read", "Check the structure; repairs nothing", operating.validate,
        answers.ValidateAnswer,
    ),
    Endpoint(
        "POST", f"{_USER}/webhook/post-commit", "write", "Taken from git hooks of old", operating.post_commit,
        answers.MessageAnswer, requests.Anything,
    ),
    Endpoint(
        "POST", "/server/sync", "admin", "Mirror every memory now", operating.sync, answers.SyncAnswer,
        statuses=(409,), group="server",
    ),
    Endpoint(
        "GET", "/server/users", "admin", "Who has a memory here", operating.users, answers.UsersAnswer,
        group="server",
    ),
    Endpoint(
        "GET", "/health", None, "That the server is alive", operating.health, answers.Health,
        group="server",
    ),
    Endpoint(
        "GET", "/ready", None, "Whether requests can be served", operating.ready, answers.Ready,
        group="server",
    ),
    Endpoint(
        "GET", "/metrics", "admin", "Figures for Prometheus", operating.metrics, answers.Success,
        media=("text/plain",), group="server",
    ),
    Endpoint("GET", "/", None, "What this is", operating.card, answers.Card, group="server"),
)  # fmt: skip

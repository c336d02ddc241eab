"""The address that tells a container's or a proxy's check whether the server works.

It answers anybody, so it says nothing of visitors and costs nothing: what it tells was seen a few
seconds ago by the keeper, which is itself missed when it is silent.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from background.health.keeper import keeper

HEALTH_PATH = "moss/health"
"""Where it is asked, below the dashboard's own path."""


async def health(_: Request) -> Response:
    """Answer 200 where all is well, and 503 with what is not."""
    problems = keeper().problems
    answer = {"status": "failing", "problems": list(problems)} if problems else {"status": "ok"}
    headers = {"Cache-Control": "no-store"}
    return JSONResponse(answer, status_code=503 if problems else 200, headers=headers)

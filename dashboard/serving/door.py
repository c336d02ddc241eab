"""All that MOSS adds to Streamlit's server, as `streamlit.App` takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from background.health.keeper import keeper
from serving.carrying import carry
from serving.cookie import home
from serving.expiry import expire_daily
from serving.health import HEALTH_PATH, health
from serving.hosting import Hosting, look_at_address
from serving.log import log_pages_once, start_log
from serving.opening import open_page
from serving.visitors import Visitors
from session.workspace import CARRY_PATH

ROUTES: list[BaseRoute] = [
    Route(home() + CARRY_PATH, carry, methods=["GET", "POST"]),
    Route(home() + HEALTH_PATH, health, methods=["GET"]),
]
"""Addresses of MOSS's own; none may begin like Streamlit's (/_stcore, /media, /component)."""
MIDDLEWARE = [Middleware(Hosting), Middleware(Visitors)]
"""What sees every request, the first one first."""


@asynccontextmanager
async def lifespan(_: Any) -> AsyncGenerator[None]:
    """Do what is to be done when the server starts, and when it ends."""
    start_log()
    log_pages_once()
    look_at_address()
    keeper().start()
    asyncio.get_running_loop().call_soon(open_page)
    expiring = asyncio.create_task(expire_daily())
    yield
    expiring.cancel()
    keeper().close()

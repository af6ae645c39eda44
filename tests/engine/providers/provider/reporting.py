"""What goes wrong, as the engine is told of it."""

from __future__ import annotations

import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from .failures import Failure


@asynccontextmanager
async def reported(context: grpc.aio.ServicerContext[Any, Any]) -> AsyncGenerator[None]:
    """Turn what goes wrong into the call's error. An unexpected error shows where, but no value: it may be a secret."""
    try:
        yield
    except Failure as error:
        await context.abort(grpc.StatusCode.UNKNOWN, str(error))
    except Exception as error:  # whatever it is, its text must not reach a log
        places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        told = f"the stand-in for the plugin failed: {type(error).__name__} at {' > '.join(places)}"
        await context.abort(grpc.StatusCode.INTERNAL, told)

"""`archive cost aws`: what a stack costs, from its settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from archive_platform.aws.cost import LEAST, Estimate, Line, estimate
from archive_platform.aws.prices import DAYS_A_MONTH
from archive_platform.cli.stack import DEFAULT_STACK, Stack
from archive_platform.cli.table import table
from archive_platform.config import parse
from archive_platform.config.aws import Aws

PROGRAM = Path("stacks/aws")


def cost(stack_name: str | None, *, as_json: bool) -> int:
    """Print the estimate. ConfigError names every mistake in the stack's settings."""
    stack = Stack.here(stack_name or DEFAULT_STACK, PROGRAM, f"pulumi up --cwd {PROGRAM}")
    found = estimate(parse(Aws, stack.settings, stack.secret_settings))
    print(json.dumps(document(found), indent=2, ensure_ascii=False) if as_json else text(found))
    return 0


def text(found: Estimate) -> str:
    """A table with its sum, and what is to be known of it."""
    headers = ["WHAT", "COUNT", "EACH", "USD A DAY", "USD A MONTH"]
    parts = [
        table(headers, rows(found)),
        f"The stack costs {found.sentence}.",
        _listed("Of the numbers", found.notes),
        _listed("Not in it, because it depends on use", found.apart),
    ]
    return "\n\n".join(parts)


def rows(found: Estimate) -> Iterator[list[str]]:
    """A row for each line, and one for the sum."""
    for line in found.lines:
        day = line.a_day(found.region)
        numbers = [_amount(day), _amount(day * DAYS_A_MONTH)] if line.price else ["?", "?"]
        yield [line.what, str(line.count), _each(line, found.region), *numbers]
    yield ["sum", "", "", f"{found.a_day:.2f}", f"{found.a_month:.2f}"]


def document(found: Estimate) -> dict[str, object]:
    """The same for programs. USD; a price that is not known is null, and not in the sums."""
    return {
        "region": found.region,
        "usdADay": round(found.a_day, 4),
        "usdAMonth": round(found.a_month, 2),
        "whole": found.whole,
        "lines": [_line(line, found.region) for line in found.lines],
        "notes": list(found.notes),
        "apart": list(found.apart),
    }


def _line(line: Line, region: str) -> dict[str, object]:
    price = line.price
    return {
        "what": line.what,
        "count": line.count,
        "usdEach": price.usd(region) if price else None,
        "per": price.per if price else None,
        "usdADay": round(line.a_day(region), 4) if price else None,
        "source": price.source if price else None,
        "unsure": (price.unsure or None) if price else None,
    }


def _each(line: Line, region: str) -> str:
    return f"{line.price.usd(region):g} an {line.price.per}".replace("an month", "a month") if line.price else "unknown"


def _amount(usd: float) -> str:
    return f"{max(usd, LEAST):.2f}"


def _listed(title: str, items: tuple[str, ...]) -> str:
    return "\n".join([f"{title}:", *(f"- {item}" for item in items)])

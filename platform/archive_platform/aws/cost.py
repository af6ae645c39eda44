"""What a stack of AWS costs, from its settings alone: nothing is asked of AWS, and nothing has to be there yet.

Counted is what is paid for by the hour or the month while nobody visits. A test holds the counts to the real stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archive_platform.aws import alarms, prices
from archive_platform.aws.alarms import Watched
from archive_platform.aws.prices import DAYS_A_MONTH, PRICES, Price
from archive_platform.config.aws import Aws

TUNNELS = 2  # of a VPN connection; each end on AWS has an address
ZONES_OF_TWO = 2  # a second server stands by in another zone
SCALING_ALARMS = 2  # that a target tracking policy makes by itself: for more servers, and for fewer
FIREWALL_RULES = 6  # a flood's, and a managed group counts as one
LEAST = 0.005  # USD: what is shown as 0.01


@dataclass(frozen=True)
class Line:
    """So many of something.

    Attributes:
        what: as the reader knows it.
        count: how many there are at all times.
        price: of one; None where the table has none.
    """

    what: str
    count: int
    price: Price | None

    def a_day(self, region: str) -> float:
        """USD; nothing without a price."""
        return self.count * self.price.a_day(region) if self.price else 0.0


@dataclass(frozen=True)
class Estimate:
    """What is paid without a visitor, and what is not in it.

    Attributes:
        region: the stack's.
        lines: the dearest first.
        notes: what the reader has to know of the numbers.
        apart: what depends on use, and is not counted.
    """

    region: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    apart: tuple[str, ...]

    @property
    def a_day(self) -> float:
        """USD."""
        return sum(line.a_day(self.region) for line in self.lines)

    @property
    def a_month(self) -> float:
        """USD."""
        return self.a_day * DAYS_A_MONTH

    @property
    def whole(self) -> bool:
        """Whether everything that is counted has a price."""
        return all(line.price for line in self.lines)

    @property
    def sentence(self) -> str:
        """The sum in one sentence."""
        about = "about" if self.whole else "more than"
        return f"{about} {self.a_day:.2f} USD a day, {self.a_month:.0f} USD a month, while nobody visits"

    def output(self) -> dict[str, object]:
        """What the stack exports, so that a preview tells it: the sum, and the lines that make it."""
        return {"sum": self.sentence, "of": [self.told(line) for line in self.lines], "notes": list(self.notes)}

    def told(self, line: Line) -> str:
        """A line in one phrase."""
        if line.price is None:
            return f"{line.count} × {line.what}: no price known"
        return f"{line.count} × {line.what}: {max(line.a_day(self.region), LEAST):.2f} USD a day"


def estimate(settings: Aws) -> Estimate:
    """What the stack of these settings costs."""
    region = settings.aws.region
    lines = sorted(_lines(settings), key=lambda line: line.a_day(region), reverse=True)
    return Estimate(region, tuple(lines), tuple(_notes(settings, lines)), tuple(_apart(settings)))


def _lines(settings: Aws) -> Iterator[Line]:
    yield from (line for line in _network(settings) if line.count)
    yield from _servers(settings)
    yield from _database(settings)
    yield from _around(settings)


def _network(settings: Aws) -> Iterator[Line]:
    network, zones = settings.network, len(settings.network.zones)
    yield _of("load balancer", 1)
    yield _of("address", zones + _gateways(settings) + _open_servers(settings) + (TUNNELS if settings.vpn else 0))
    yield _of("nat", _gateways(settings))
    yield _of("endpoint", len(network.interface_endpoints) * zones)
    yield _of("vpn", 1 if settings.vpn else 0)
    yield _of("health check", 1 if settings.domain.standby else 0)
    if settings.load_balancer.firewall:
        yield _of("firewall", 1)
        yield _of("firewall rule", FIREWALL_RULES)


def _servers(settings: Aws) -> Iterator[Line]:
    compute = settings.compute
    price = prices.server(compute.instance_type, spot=compute.spot)
    yield Line(price.what if price else f"server {compute.instance_type}", compute.minimum, price)
    yield _of("disk", compute.minimum * compute.disk_gb)


def _database(settings: Aws) -> Iterator[Line]:
    database = settings.database
    servers = (ZONES_OF_TWO if database.multi_zone else 1) + (1 if database.replica else 0)
    price = prices.database(database.instance_class)
    yield Line(price.what if price else f"database server {database.instance_class}", servers, price)
    yield _of("database disk", servers * database.storage_gb)
    yield _of("secret", 1)  # the administrator's password, which RDS makes


def _around(settings: Aws) -> Iterator[Line]:
    yield _of("key", 1)
    metrics = sum(len(alarm.metrics) for alarm in alarms.every(settings.watch, _watched(settings)))
    grows = settings.compute.maximum > settings.compute.minimum
    yield _of("alarm", metrics + (SCALING_ALARMS if grows else 0))


def _of(name: str, count: int) -> Line:
    price = PRICES[name]
    return Line(price.what, count, price)


def _gateways(settings: Aws) -> int:
    return {"none": 0, "single": 1, "per-zone": len(settings.network.zones)}[settings.network.nat]


def _open_servers(settings: Aws) -> int:
    """Servers that reach the internet by an address of their own."""
    return settings.compute.minimum if settings.network.nat == "none" else 0


def _watched(settings: Aws) -> Watched:
    """As the stack's, with words for what AWS would name."""
    targets = {"cloud": "", **({"onprem": ""} if settings.load_balancer.hybrid.addresses else {})}
    return Watched("", targets, database="", replica="" if settings.database.replica else None, servers="")


def _notes(settings: Aws, lines: list[Line]) -> Iterator[str]:
    region, compute = settings.aws.region, settings.compute
    if not prices.is_known(region):
        yield f"no prices of {region} are known here: these are Seoul's ({prices.HOME})"
    yield from (f"{line.what}: no price is known here, and none is in the sum" for line in lines if not line.price)
    yield from dict.fromkeys(f"{line.what}: {line.price.unsure}" for line in lines if line.price and line.price.unsure)
    more = compute.maximum - compute.minimum
    price = prices.server(compute.instance_type, spot=compute.spot)
    if more and price:
        each = price.a_day(region) + compute.disk_gb * PRICES["disk"].a_day(region)
        each += PRICES["address"].a_day(region) if _open_servers(settings) else 0
        come = f"one more server, at {each:.2f}" if more == 1 else f"up to {more} more servers, each at {each:.2f}"
        yield f"when many visitors come, {come} USD a day"
    yield f"prices of {prices.SEEN}, without taxes"


def _apart(settings: Aws) -> Iterator[str]:
    region = settings.aws.region
    yield "traffic to visitors, and between zones"
    yield "the load balancer's capacity units (0.008 USD an hour for the first, once there are visitors)"
    if _gateways(settings):
        yield f"what passes a NAT gateway ({PRICES['nat'].usd(region):g} USD a GB)"
    yield (
        f"logs, the database's measurements among them ({PRICES['log'].usd(region):g} USD a GB after an account's"
        " first 5 GB of a month)"
    )
    yield "files, requests for them, backups beyond the database's size, and disks that grow"
    if settings.load_balancer.firewall:
        yield "requests that the firewall looks at (0.60 USD a million)"
    if settings.storage.distribution:
        yield "what CloudFront serves"
    yield "the name's hosted zone, which is there without this stack"

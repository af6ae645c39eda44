"""What every Game Archive service shares.

A service is a Flask app that this package builds: `build_app` gives it settings, a database, sessions, CSRF protection,
error pages, health, metrics, logs, translations and the shared layout. `Service` is how a service presents itself.
"""

from archive_chassis.application import build_app
from archive_chassis.service import Consumer, Job, Service
from archive_chassis.settings import Settings

__all__ = ["Consumer", "Job", "Service", "Settings", "build_app"]

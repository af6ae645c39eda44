"""The whole community on this machine. What each line makes is in `archive_platform.local`."""

from pathlib import Path

import pulumi

from archive_platform import naming
from archive_platform.catalogue import CATALOGUE
from archive_platform.config import Dev, load
from archive_platform.local.community import CommunitySecrets, Databases, FirstContent, Processes
from archive_platform.local.folders import Folders

settings = load(Dev)
checkout = Path(__file__).resolve().parents[2]
folders = Folders.of(settings.home, checkout)

secrets = CommunitySecrets("secrets")
databases = Databases("databases", settings, folders, CATALOGUE)
processes = Processes("processes", settings, folders, checkout, CATALOGUE, secrets, databases)
content = FirstContent("content", settings, secrets, databases, processes.environment)

url = naming.origin(settings.host, settings.port)
pulumi.export("url", url)
pulumi.export("administrator", settings.administrator)
pulumi.export("administratorEmail", settings.administrator_email)
pulumi.export("administratorPassword", secrets.administrator_password)
pulumi.export("logs", str(folders.logs))
pulumi.export("data", str(folders.data))
pulumi.export("services", {entry.name: url + entry.path for entry in CATALOGUE})
pulumi.export("environment", processes.environment)

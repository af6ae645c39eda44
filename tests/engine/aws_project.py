"""A small program of AWS's resources, as a test declares them, run by the real engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.engine.community import Result, run_engine
from tests.engine.project import STACK, UP, environment

# Without the SDK, which takes its time: resources are their tokens and inputs. "${name.output}" is another one's output
_PROGRAM = """
import json, pathlib, re
import pulumi

REFERENCE = re.compile(r"\\$\\{([\\w-]+)\\.(\\w+)\\}")
OUTPUTS = ("arn", "bucket", "name")
declared = json.loads(pathlib.Path("declared.json").read_text())
made = {}

def resolved(value):
    if isinstance(value, dict):
        return {name: resolved(each) for name, each in value.items()}
    if isinstance(value, list):
        return [resolved(each) for each in value]
    parts = REFERENCE.split(value) if isinstance(value, str) else []
    if len(parts) < 4:
        return value
    texts = [parts[0]]
    for name, output, after in zip(parts[1::3], parts[2::3], parts[3::3]):
        texts += [made[name].id if output == "id" else pulumi.get(made[name], output), after]
    return pulumi.Output.concat(*texts)

class Declared(pulumi.CustomResource):
    def __init__(self, token, name, inputs, opts):
        super().__init__(token, name, {**dict.fromkeys(OUTPUTS), **inputs}, opts)

provider = pulumi.ProviderResource("aws", "aws", declared["provider"])
for name, token, inputs in declared["resources"]:
    made[name] = Declared(token, name, resolved(inputs), pulumi.ResourceOptions(provider=provider))
"""


class AwsProject:
    """A stack of resources: name → type and inputs. `endpoint` is an emulator's; without one they are computed."""

    def __init__(self, folder: Path, endpoint: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        (folder / "Pulumi.yaml").write_text("name: declared\nruntime: python\n")
        (folder / "__main__.py").write_text(_PROGRAM)
        self._provider: dict[str, Any] = {"region": "ap-northeast-2", "allowedAccountIds": ["123456789012"]}
        if endpoint:
            self._provider["endpoints"] = [{"ec2": endpoint}]
        self._environ = environment(folder)
        self.declare({})
        self.well("stack", "init", STACK)

    def declare(self, resources: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        """What the program makes from now on. An input "${name.id}" is an output of another one, declared before it."""
        provider = {
            name: json.dumps(value) if not isinstance(value, str) else value for name, value in self._provider.items()
        }
        listed = [[name, token, inputs] for name, (token, inputs) in resources.items()]
        (self._folder / "declared.json").write_text(json.dumps({"provider": provider, "resources": listed}))

    def run(self, *arguments: str) -> Result:
        stack = () if arguments[:2] == ("stack", "init") else ("--stack", STACK)
        return run_engine((*arguments, *stack), self._folder, self._environ)

    def well(self, *arguments: str) -> Result:
        result = self.run(*arguments)
        assert result.code == 0, result.text
        return result

    def up(self) -> Result:
        return self.well(*UP)

    def errors(self, *flags: str) -> dict[str, str]:
        """Run an update as far as it goes, and return what went wrong with which resource."""
        result = self.run(*UP, "--continue-on-error", *flags)
        assert result.code != 0, result.text
        return errors_of(result.text)

    def outputs(self, name: str) -> dict[str, Any]:
        """Of a resource in the state."""
        exported = json.loads(self.well("stack", "export").text)["deployment"]["resources"]
        return next(each["outputs"] for each in exported if each["urn"].endswith(f"::{name}"))


def errors_of(text: str) -> dict[str, str]:
    """Resource → what the engine says about it in its diagnostics."""
    found: dict[str, str] = {}
    name = ""
    for line in text.rpartition("Diagnostics:")[2].splitlines():
        if line.startswith("  ") and not line.startswith("   ") and line.endswith("):"):
            name = line.rpartition("(")[2].removesuffix("):")
        elif name and line.strip() and "warning:" not in line:
            found[name] = found.get(name, "") + line.strip() + "\n"
        if line.startswith(("Outputs:", "Resources:")):
            break
    return found

"""Evaluates `module:object` in the caller's interpreter.

The text of this module runs as `python -c` with the arguments MODULE OBJECT FD SECONDS, in an interpreter that has
nothing of this project: it must import nothing but the standard library, and run with any Python 3.8 or later.
"""

import importlib
import importlib.util
import json
import os
import signal
import sys
import traceback
from typing import Any


def load(module: str) -> Any:
    """Import a module by its file, as `python FILE` has it, or by its name, from the working directory."""
    if not module.endswith(".py") and os.sep not in module:
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 — as the interpreter writes it
        return importlib.import_module(module)
    path = os.path.abspath(module)  # noqa: PTH100 — what import takes
    sys.path.insert(0, os.path.dirname(path))  # noqa: PTH120 — what import takes
    name = os.path.splitext(os.path.basename(path))[0]  # noqa: PTH119, PTH122 — what import takes
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{module} is no Python file")
    found = importlib.util.module_from_spec(spec)
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


def definition_of(found: Any) -> str:
    """Return the text of a definition that an object is or has."""
    if callable(found) and not hasattr(found, "definition"):
        found = found()
    if hasattr(found, "definition"):
        found = found.definition() if callable(found.definition) else found.definition
    if isinstance(found, dict):
        return json.dumps(found)
    if isinstance(found, str):
        return found
    raise TypeError(
        f"it gave {type(found).__name__}, and must give a text, a dict or an object with definition(), such as the "
        "SageMaker SDK's Pipeline"
    )


def evaluate(module: str, name: str) -> "dict[str, str]":
    """Return the definition, or what went wrong; the traceback goes to stderr."""
    try:
        found = load(module)
        for part in name.split("."):
            found = getattr(found, part)
        return {"definition": definition_of(found)}
    except BaseException as error:  # noqa: BLE001 — also sys.exit of a script
        own = error.__traceback__.tb_next if error.__traceback__ else None
        traceback.print_exception(type(error), error, own)
        return {"problem": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    # If the command that started this is killed, this ends as well.
    signal.alarm(int(sys.argv[4]) + 5)
    with os.fdopen(int(sys.argv[3]), "w") as result:
        json.dump(evaluate(sys.argv[1], sys.argv[2]), result)
    sys.stdout.flush()
    # Threads of the caller's code must not hold the process.
    os._exit(0)

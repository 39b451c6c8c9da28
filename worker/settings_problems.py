"""What is wrong with the settings, by the names of the environment variables."""

from pydantic import ValidationError

from worker.settings import ENV_PREFIX


def describe_settings_problems(error: ValidationError) -> str:
    """Describe what is wrong, variable by variable, without repeating any value."""
    return "; ".join(
        f"{_variable(problem['loc'])}{problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_url=False, include_input=False)
    )


def _variable(place: tuple[int | str, ...]) -> str:
    # What is wrong with several settings together has no place, and names them itself.
    return f"{ENV_PREFIX}{place[0]}: ".upper() if place else ENV_PREFIX

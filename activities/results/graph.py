"""What has to run again together with a step, and what it needs of the others."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from activities.results.plan import Plan, read_plan


class StepGraph:
    """The steps of a plan, each with what comes after it; those in the body of a ForEach step are a part of it."""

    def __init__(self, plan: Plan) -> None:
        """Find what comes after each step."""
        # A ForEach step is one node: that AWS would run single steps of its rounds again is not published.
        self.nodes: Final = {name: step for name, step in plan.steps.items() if not step.loops}
        self._after = defaultdict(list)
        self._after_branches = defaultdict(list)
        for step in self.nodes.values():
            inside = step.conditions
            for name in (*step.needs, *inside):
                self._after[name].append(step.name)
            # What depends on a condition from outside comes after its branches, too.
            for name in step.needs.difference(inside, (step.name,)):
                self._after_branches[name].append(step.name)

    def from_step(self, name: str) -> list[str]:
        """List a step and all that come after it, in the definition's order."""
        reached: set[str] = set()
        conditions_left: set[str] = set()
        waiting = [name]
        while waiting:
            near = waiting.pop()
            if near in reached or near not in self.nodes:
                continue
            reached.add(near)
            waiting += self._after[near]
            for condition in set(self.nodes[near].conditions) - conditions_left:
                conditions_left.add(condition)
                waiting += self._after_branches[condition]
        return [each for each in self.nodes if each in reached]

    def needed_by(self, selected: Iterable[str]) -> list[str]:
        """List the steps outside a selection whose results it needs, in the definition's order."""
        chosen = set(selected)
        needed = frozenset[str]().union(*(self.nodes[name].needs for name in chosen)) - chosen
        return [each for each in self.nodes if each in needed]


def read_graph(definition: str) -> StepGraph | None:
    """Read a definition, as `activities.results.plan.read_plan` does."""
    plan = read_plan(definition)
    return StepGraph(plan) if plan else None

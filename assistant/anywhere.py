"""Options that stand before a command or behind it."""

from itertools import islice
from typing import Any

import typer
from typer.core import TyperGroup


class OptionsAnywhere(TyperGroup):
    """Commands whose common options may also follow them: `whosaid ask QUESTION --library news`."""

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        """Put the common options, each with its value, in front; what is behind "--" stays."""
        named = {
            name
            for option in self.params
            if option.param_type_name == "option" and not getattr(option, "is_flag", False)
            for name in option.opts
        }
        first, rest, given = list[str](), list[str](), iter(args)
        for argument in given:
            name, equals, _ = argument.partition("=")
            if argument == "--":
                rest += [argument, *given]
            elif name in named:
                first += [argument, *islice(given, 0 if equals else 1)]
            else:
                rest.append(argument)
        return super().parse_args(context, first + rest)

    def resolve_command(self, context: Any, args: list[str]) -> Any:
        """Find the command; say how to ask where a question stands in its place."""
        name = args[0]
        if " " in name and name not in self.commands:
            raise typer.BadParameter(f"{name!r} is no command. To ask it: whosaid ask {name!r}")
        return super().resolve_command(context, args)

"""Regression tests for grounded answers: cases as data, checked against exact sentences.

    *.grounded.toml -> Case; system -> Reply; check(case, reply) -> problems -> Outcome

`case` and `schema` read the files, `reply` and `systems` ask whoever answers, `checking` compares,
`plugin` runs the cases in pytest, `command` in the terminal. Nothing is imported here: pytest loads
the plugin in every project.
"""

"""`python -m assistant` is `whosaid`."""

from assistant.cli import main

main()

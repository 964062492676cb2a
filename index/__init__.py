"""Articles in, ranked passages out. Knows nothing of questions' answers or of chat."""

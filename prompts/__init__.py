"""Prompts for language models, one file each. Empty until a language model can be configured."""

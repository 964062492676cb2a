"""The server: REST, what OpenAI clients speak, and MCP."""

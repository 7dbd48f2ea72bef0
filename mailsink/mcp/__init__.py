"""mailsink for coding agents: tools over a running server, offered by the Model Context Protocol.

The tools know no MCP, and `server` alone loads its SDK, which the extra ``mcp`` brings.
"""

"""The SMTP server: listeners, connections, the dialogue's rules. The only home of aiosmtpd and asyncio.

Imported when a sink starts, and not before.
"""

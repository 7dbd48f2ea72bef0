"""The web side of mailsink: pages, the HTTP API, the server that carries them. The only home of Flask.

Importing this package imports no Flask; `mailsink_web.server.serve` does, once its port is bound.
"""

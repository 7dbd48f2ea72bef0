"""The commands beside `serve`: each module holds some, and `mailsink.cli` gathers them."""

"""The command line: thin commands over the registry and the app.

Heavy rooms are imported inside the command that needs them, so that `satsuma --help` stays quick.
"""


def main() -> None:
    """Run the command line."""
    from satsuma_client.cli.program import satsuma

    satsuma()

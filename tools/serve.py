"""Serve the built site on this machine: prints the address, then answers until it is stopped."""

import functools
import http.server
import pathlib
import sys

SITE = pathlib.Path(__file__).resolve().parent.parent / "_build" / "html"
FIRST_PORT = 8000
LAST_PORT = 8099


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_request(self, code="-", size="-"):
        """Say nothing of a page that was served; errors are still printed."""


def open_server(site, ports):
    """Return a server for a folder on the loopback address, on the first of the ports that is free."""
    handler = functools.partial(Handler, directory=str(site))
    for port in ports:
        try:
            return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError:
            continue
    return None


def main(site=SITE, ports=range(FIRST_PORT, LAST_PORT + 1)):
    if not (site / "index.html").exists():
        print("There is no site yet. Build it first: make book", file=sys.stderr)
        return 1
    server = open_server(site, ports)
    if server is None:
        print(f"No port from {ports[0]} to {ports[-1]} is free.", file=sys.stderr)
        return 1
    print(f"http://127.0.0.1:{server.server_address[1]}/  (stop with Ctrl-C)", flush=True)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())

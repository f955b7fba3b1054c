"""A TCP proxy on loopback that breaks each connection off after so many bytes to the client."""

import socket
import struct
import threading

PIECE = 16384


class CuttingProxy:
    """Forwards to a port of 127.0.0.1. `cut_after` bytes to the client the connection is broken off, by a reset or by an
    end in turn; None: never. One thread a direction; all end with close()."""

    def __init__(self, port):
        self.target = port
        self.cut_after = None
        self.cuts = 0
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self.open += [client, server]
            threading.Thread(target=self.forward, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self.forward, args=(server, client, self.cut_after), daemon=True).start()

    def forward(self, source, sink, left):
        try:
            while left is None or left > 0:
                piece = source.recv(PIECE if left is None else min(PIECE, left))
                if not piece:
                    break
                sink.sendall(piece)
                if left is not None:
                    left -= len(piece)
        except OSError:
            pass
        if left == 0:
            self.cuts += 1
            if self.cuts % 2:
                sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def close(self):
        self.listener.close()
        for one in self.open:
            one.close()

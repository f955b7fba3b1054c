"""A subscriber over gRPC, by the contract alone."""

import queue
import threading

import grpc

from support import foreign_contract as contract


class Session:
    """A subscriber: sends what it is told, collects frames."""

    def __init__(self, client, first=None, **start):
        """`first`: what it says instead of start; {}: nothing."""
        self.client = client
        self.requests = queue.Queue()
        self.frames = queue.Queue()
        self.ended = None
        if first is None:
            first = {"start": contract.subscriber.Start(**start)}
        if first:
            self.send(**first)
        self.call = client.subscriber.Subscribe(iter(self.requests.get, None))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            for message in self.call:
                self.frames.put(message.frame)
        except grpc.RpcError as failure:
            self.ended = failure
        self.frames.put(None)

    def send(self, **message):
        self.requests.put(contract.subscriber.SubscribeRequest(**message))

    def until(self, kind):
        """The frames up to and including the first of a kind."""
        frames = []
        while True:
            frame = self.frames.get(timeout=contract.CALL_TIME_S)
            if frame is None:
                raise AssertionError(f"the session ended before {kind}: {self.ended}")
            frames.append(frame)
            if frame.WhichOneof("frame") == kind:
                return frames

    def event(self):
        return self.until("event")[-1].event

    def close(self):
        self.call.cancel()
        self.requests.put(None)
        self.reader.join(contract.CALL_TIME_S)

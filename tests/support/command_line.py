"""Runs the command line as one of a broker's principals."""

import subprocess

from support.broker_process import BIN

TIME_S = 60


def gjallar(broker, principal, *words):
    """(exit code, stdout, stderr) of `gjallar WORDS…` with the principal's certificate."""
    dev = broker.dev_dir
    run = subprocess.run(
        [str(BIN / "gjallar"), "--endpoint", broker.grpc_address, "--ca", str(dev / "ca.pem"), "--cert",
         str(dev / f"{principal}.pem"), "--key", str(dev / f"{principal}.key"), *map(str, words)],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=TIME_S, check=False)
    return run.returncode, run.stdout.decode(), run.stderr.decode()
